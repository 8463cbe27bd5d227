"""`huichang`: a client of the HTTP API. It does nothing that the API does not, so it works the same here and on AWS.

Only reading files and `huichang eval` run parts of the product itself: those are found beside this package, installed or not.
"""

import infra.product  # noqa: F401
