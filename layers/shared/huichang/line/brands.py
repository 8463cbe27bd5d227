"""The brand rules: one book in the body bucket, checked before it is kept, read again every half minute by whoever judges."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, TransientError
from huichang.kernel.ids import content_hash
from huichang.line.importing import FileStore
from huichang.materials.policy import EVERYWHERE, BrandBook, Passage, Verdict, the_policy
from huichang.venues.model import Actor, AuditTrail

BRANDS_KEY = "policy/brands.json"
READ_AGAIN_SECONDS = 30.0


@dataclass
class CurrentBrands:
    """The book, read again when it is older than READ_AGAIN_SECONDS. A store that is away leaves the last one."""

    files: FileStore
    timer: Callable[[], float] = time.monotonic
    _read_at: float | None = field(default=None, init=False)
    _now: BrandBook = field(default_factory=BrandBook, init=False)

    def __call__(self) -> BrandBook:
        """The book in use."""
        if self._read_at is None or self.timer() - self._read_at > READ_AGAIN_SECONDS:
            try:
                self._now = read_brands(self.files)
            except TransientError:
                if self._read_at is None:
                    raise
            self._read_at = self.timer()
        return self._now


def read_brands(files: FileStore) -> BrandBook:
    """The stored book; an empty one where there is none."""
    try:
        return BrandBook.model_validate_json(files.get(BRANDS_KEY))
    except NotFoundError:
        return BrandBook()


@dataclass(frozen=True)
class BrandDesk:
    """Show and replace the brand rules."""

    files: FileStore
    audit: AuditTrail
    clock: Clock

    def show(self) -> BrandBook:
        """As it is stored."""
        return read_brands(self.files)

    def replace(self, book: BrandBook, actor: Actor) -> BrandBook:
        """Keep the whole new book; in use within half a minute.

        Raises ConflictError where it is not made from the stored revision, InvalidInputError for two entries of one owner and for
        an owner that is none of everywhere, campaign:<id>, merchant:<id>.
        """
        stored = self.show()
        if book.revision != stored.revision:
            raise ConflictError(f"somebody saved revision {stored.revision} meanwhile", where="revision", mend="load it and save again")
        owners = [brand.owner for brand in book.brands]
        for place, owner in enumerate(owners):
            if owners.index(owner) != place:
                raise InvalidInputError(f"{owner} stands there twice", where=f"brands.{place}.owner", mend="make one entry of the two")
            kind, _, name = owner.partition(":")
            if owner != EVERYWHERE and (kind not in ("campaign", "merchant") or not name):
                raise InvalidInputError(
                    f"{owner!r} is no owner", where=f"brands.{place}.owner", mend="everywhere, campaign:<id> or merchant:<id>"
                )
        kept = book.model_copy(update={"revision": stored.revision + 1})
        self.files.put(BRANDS_KEY, kept.model_dump_json().encode(), "application/json")
        before = {brand.owner: brand for brand in stored.brands}
        after = {brand.owner: brand for brand in kept.brands}
        changed = {
            owner: after[owner].model_dump(mode="json", exclude={"owner"}) if owner in after else None
            for owner in (*before, *(each for each in after if each not in before))
            if before.get(owner) != after.get(owner)
        }
        detail = {"revision": kept.revision, "owners": owners, "changed": changed}
        seen = content_hash(stored.model_dump(mode="json"))[:32]
        self.audit.record(actor.did("replace_brand_rules", "policy", at=iso(self.clock.now()), saw=seen, detail=detail))
        return kept

    def check(self, texts: Sequence[str], industry: str, campaign_id: str) -> Verdict:
        """The gate's verdict on words, each at the place texts.<n>, with the rules that hold for the campaign."""
        policy = the_policy(industry, self.show().of((EVERYWHERE, f"campaign:{campaign_id}")))
        return policy.check(Passage(text=text, place=f"texts.{n}", sector=policy.sector) for n, text in enumerate(texts))
