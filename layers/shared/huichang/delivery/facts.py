"""What is known of a venue before anybody saw it."""

from __future__ import annotations

from huichang.kernel.model import Model


class VenueFacts(Model):
    """What ranking and traffic control group venues by. `kind`: of its theme. Empty: not known (never a group that is capped)."""

    venue_id: str
    industry: str = ""
    kind: str = ""
    merchant: str = ""
