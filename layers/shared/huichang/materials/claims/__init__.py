"""What copy claims, and whether the facts carry it.

A text is read for claims (extracting.py): prices, discounts, shipping, sales, scarcity, ranks, origin, quality and every other number.
Each is held against the facts that copy was handed (checking.py). What the facts do not say may not be said. The words are data
(lexicon.yaml); what each kind of claim needs is written down in docs/decisions/0020-every-claim-is-grounded.md.
"""

from huichang.materials.claims.checking import Ungrounded, ungrounded
from huichang.materials.claims.extracting import Claim, claims_in
from huichang.materials.claims.facts import Facts, Measure, Offered, Window
from huichang.materials.claims.lexicon import qualities_of

__all__ = ["Claim", "Facts", "Measure", "Offered", "Ungrounded", "Window", "claims_in", "qualities_of", "ungrounded"]
