"""`huichang`: a client of the HTTP API. It does nothing that the API does not, so it works the same here and on AWS.

Only reading files, `huichang eval` and `huichang reindex` (which speaks to the index itself) run parts of the product: those are found
beside this package, installed or not.
"""

import infra.product  # noqa: F401
