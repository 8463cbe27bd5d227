"""`huichang`: a client of the HTTP API. It does nothing that the API does not, so it works the same here and on AWS.

Only reading files and `huichang eval` run parts of the product itself: those are found beside this package, installed or not.
"""

import sys
from pathlib import Path

_PRODUCT = str(Path(__file__).resolve().parents[2] / "layers" / "shared")
if _PRODUCT not in sys.path:
    sys.path.append(_PRODUCT)
