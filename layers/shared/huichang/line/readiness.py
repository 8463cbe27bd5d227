"""What a version comes to if it goes live now: with today's prices, without what cannot be bought any more, or not at all.

The same rule for a release of a hundred venues, for one venue, for the line's own publication and for a rollback. What is put live is true
at that moment, so that buyers never see the claims of the day on which a page was approved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from huichang.kernel.clock import iso
from huichang.kernel.errors import ConflictError, NotFoundError, in_both
from huichang.kernel.language import Text, both
from huichang.line.living import MadeTrue
from huichang.line.releases import refreshed_key
from huichang.line.truth import PageFacts, Truth
from huichang.pages.living import TakenOff
from huichang.pages.model import PageModel
from huichang.venues.model import Venue

KEPT = timedelta(minutes=10)
"""For a call that goes on where another one ran out of time. Rendered versions are kept far longer (template.yaml)."""
GOODS_TODO = both(
    "保存一次商品调整，页面会用现有商品重新生成；或换一个版本",
    "save the venue's edits, and its page is made anew of what there is; or choose another version",
)


@dataclass(frozen=True)
class Ready:
    """A version that may go live. `shown`: what buyers get: the version itself, or it with the facts of now.

    `lost`: goods that cannot be bought any more. A reserve stands in their place, or they are off the page, or it calls them sold out.
    """

    version_id: str
    shown: str
    lost: tuple[TakenOff, ...] = ()

    @property
    def told(self) -> Text:
        """What whoever releases it should know; {} where nothing is lost."""
        if not self.lost:
            return {}
        replaced = sum(bool(each.instead) for each in self.lost)
        return both(
            f"{len(self.lost)} 件商品已买不到：{replaced} 件由备选替换，{len(self.lost) - replaced} 件不再售卖（{_named(self.lost)}）",
            f"{len(self.lost)} of its goods can no longer be bought: reserves stand in for {replaced}, "
            f"{len(self.lost) - replaced} are not offered any more ({_named(self.lost)})",
        )


@dataclass(frozen=True)
class Readiness:
    """`min_products`: how many goods a venue needs. At least half of those that were approved must be there too: with fewer it is
    another page than the one that somebody approved."""

    truth: Truth
    min_products: int

    def of(self, venue: Venue, version_id: str) -> Ready:
        """Renders what is not rendered yet; puts nothing live.

        Raises ConflictError (code goods_gone, goods_sold_out) where too few of its goods can be bought, PermanentError where it cannot be
        made true, TransientError where the facts cannot be read.
        """
        page = self.truth.page(venue.venue_id, version_id)
        goods = {card.product_id: card.title for floor in page.floors for card in floor.cards}
        facts = self.truth.facts(venue, version_id)
        if facts is None:
            raise _refused("goods_gone", 0, len(goods), tuple(goods.values()))
        made = self._made(venue, version_id, facts)
        lost = tuple(each for each in made.taken_off if each.what == "product")
        needed = max(min(self.min_products, len(goods)), ceil(len(goods) / 2))
        if made.on_sale < needed:
            gone = [each.words for each in lost if each.code == "gone"]
            raise _refused("goods_gone" if gone else "goods_sold_out", made.on_sale, needed, gone or [each.words for each in lost])
        return Ready(version_id, made.version_id, lost)

    def _made(self, venue: Venue, version_id: str, facts: PageFacts) -> MadeTrue:
        documents, now = self.truth.documents, self.truth.clock.now()
        key = refreshed_key(venue.venue_id, version_id, "made")
        try:
            known = documents.get(key, MadeTrue)
            if known.facts == facts.hash and now - datetime.fromisoformat(known.at) < KEPT:
                return known
        except NotFoundError:
            pass
        living = self.truth.living(venue, version_id, facts, {})
        same = living.page == self.truth.page(venue.venue_id, version_id)
        made = MadeTrue(
            facts=facts.hash,
            at=iso(now),
            version_id=version_id if same else self.truth.rendered(venue, version_id, living, iso(now)),
            on_sale=len(_on_sale(living.page)),
            taken_off=living.taken_off,
        )
        documents.put(key, made)
        return made


def _on_sale(page: PageModel) -> set[str]:
    return {card.product_id for floor in page.floors for card in floor.cards if not card.state}


def _named(lost: Sequence[TakenOff]) -> str:
    return "、".join(each.words for each in lost[:3]) + (" …" if len(lost) > 3 else "")


def _refused(code: str, left: int, needed: int, titles: Sequence[str]) -> ConflictError:
    named = "、".join(titles[:3]) + (" …" if len(titles) > 3 else "")
    missing = both("已不存在", "do not exist any more") if code == "goods_gone" else both("已买不到", "can no longer be bought")
    told = both(
        f"只有 {left} 件商品还能买，至少要 {needed} 件；{len(titles)} 件{missing['zh']}：{named}",
        f"only {left} of its goods can still be bought, and it needs {needed}; {len(titles)} {missing['en']}: {named}",
    )
    return in_both(ConflictError(told["en"], where="version_id", mend=GOODS_TODO["en"], code=code), told, GOODS_TODO)
