"""What the texts of a live page may still say, held against the facts of now. No model is called: what falls away becomes plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huichang.catalog.product import Product
from huichang.kernel.errors import PermanentError
from huichang.line.facts import counted
from huichang.materials.claims import Facts, ungrounded
from huichang.materials.copywriting import plain_text
from huichang.materials.model import MaterialRequest
from huichang.materials.policy import UNNAMED, Policy
from huichang.venues.model import Venue

_PLAIN_LENGTH = 24


class LivingWords:
    """Wording (pages/living.py) of one venue. `requests`: component -> the request that its copy answered."""

    def __init__(self, venue: Venue, requests: Mapping[str, MaterialRequest], policy: Policy) -> None:
        self._venue = venue
        self._requests = requests
        self._policy = policy
        self._counted: dict[tuple[int, ...], dict[str, Any]] = {}

    def untrue(self, component: str, text: str, goods: Sequence[Product]) -> str:
        """See Wording."""
        found = ungrounded(text, Facts.of(self._facts(component, goods)))
        return f"{found[0].words}: {found[0].says}" if found else ""

    def plain(self, component: str, slot: str, text: str, goods: Sequence[Product]) -> str:
        """See Wording. A title always says something; any other text may be missing."""
        request = self._requests.get(component)
        facts = self._facts(component, goods)
        if request is None:
            if slot != "title":
                return ""
            name = self._policy.mended(self._venue.theme.name)
            return name if name and name != text and not ungrounded(name, Facts.of(facts)) else UNNAMED[self._venue.language]
        limit = next((each.max_chars for each in request.slots if each.name == slot), _PLAIN_LENGTH)
        try:
            plain = plain_text(request.model_copy(update={"facts": facts}), slot, limit, self._policy)
        except PermanentError:  # reviewers forbade every name there is; what says nothing at all they cannot have meant
            plain = ""
        return plain if plain != text else "" if slot != "title" else UNNAMED[self._venue.language]

    def _facts(self, component: str, goods: Sequence[Product]) -> dict[str, Any]:
        request = self._requests.get(component)
        known = request.facts if request else {"theme_name": self._venue.theme.name, "keywords": self._venue.theme.keywords}
        key = tuple(map(id, goods))  # one refresh holds its products: the same object is the same product
        if key not in self._counted:
            self._counted[key] = counted(goods, self._venue.language)
        return {**known, **self._counted[key]}
