"""Importing this makes the product (layers/shared/huichang) importable, installed or not.

For commands that run parts of the product in their own process. The embedded cloud's workers never import it: there a function
must find the product in its layers, as on AWS.
"""

import sys
from pathlib import Path

_SHARED = str(Path(__file__).resolve().parents[1] / "layers" / "shared")
if _SHARED not in sys.path:
    sys.path.append(_SHARED)
