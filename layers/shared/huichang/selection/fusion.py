"""Three recalls become one selection, with a reason for every product and for every one that was left out.

Ranks are fused, never scores (selection/rrf.py); what was recalled is judged and arranged in selection/pool.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from huichang.catalog.product import Product, promoted
from huichang.kernel.clock import Clock, SystemClock
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.eligibility import eligibility
from huichang.selection.evidence import Topic, TopicFinder
from huichang.selection.index import ProductIndex
from huichang.selection.model import Recall, RuleSet, Selection
from huichang.selection.policy import FusionPolicy, load_policy
from huichang.selection.pool import Arrangement, Pool
from huichang.selection.rrf import Recalls, places_of, ranks_of
from huichang.selection.words import IndustryEntry
from huichang.themes.model import CampaignBrief, Expansion, Theme

_STRONGEST = 20
_NO_EDITS = MerchandisingEdits()


def enough(selection: Selection, minimum: int) -> bool:
    """Whether the selection can fill a venue."""
    return len(selection.products) >= minimum


class Fusion:
    """Fuses the recalls of one venue. No model call."""

    def __init__(
        self,
        index: ProductIndex,
        industries: Sequence[IndustryEntry] = (),
        *,
        max_products: int = 96,
        policy: FusionPolicy | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._index = index
        self._finder = TopicFinder(index, industries)
        self._max = max_products
        self._policy = policy or load_policy()
        self._clock = clock or SystemClock()

    def pool(
        self,
        theme: Theme,
        brief: CampaignBrief,
        expansion: Expansion,
        recalls: Sequence[Recall],
        rules: RuleSet,
        also: Iterable[str] = (),
    ) -> Pool:
        """Judge everything that was recalled, and the products `also` (pins). Deterministic for the same index and windows of
        enrolments, and independent of the recalls' order. Raises what the index raises. Cost: a search, two or three gets.
        """
        where = eligibility(brief)
        topic = self._finder.find(theme.keywords, brief.subjects, where, audience=brief.audience)
        hits: Recalls = {recall.path: sorted(recall.hits, key=lambda hit: hit.rank) for recall in recalls}
        ranks = ranks_of(hits)
        products = promoted(self._index.get(sorted({*ranks, *also})), where.promotion)
        return Pool(
            theme=theme,
            brief=brief,
            rules=rules,
            where=where,
            topic=topic,
            products=products,
            ranks=ranks,
            places=places_of(hits, self._policy.near),
            also=frozenset(also),
            shelves=_shelves(topic, expansion, recalls, products),
            recalled={recall.path: len(recall.hits) for recall in sorted(recalls, key=lambda recall: recall.path)},
            policy=self._policy,
            room=self._max,
            now=self._clock.now(),
        )

    def fuse(
        self,
        theme: Theme,
        brief: CampaignBrief,
        expansion: Expansion,
        recalls: Sequence[Recall],
        rules: RuleSet,
        edits: MerchandisingEdits = _NO_EDITS,
        pinned_by: str = "operator",
    ) -> Arrangement:
        """Return at most `max_products` products, pins first, then best first. `edits`: rules that are in force now."""
        return self.pool(theme, brief, expansion, recalls, rules, also=edits.pins).arrange(edits, pinned_by)


def _shelves(topic: Topic, expansion: Expansion, recalls: Sequence[Recall], products: Mapping[str, Product]) -> frozenset[str]:
    """Categories where goods without a word of the theme may still belong to it."""
    if topic.products:
        return frozenset({*expansion.categories, *topic.shelves}) - {""}
    strongest = [hit.product_id for recall in recalls if recall.path == "search" for hit in recall.hits[:_STRONGEST]]
    leaves = {products[product_id].leaf_category for product_id in strongest if product_id in products}
    return frozenset({*expansion.categories, *leaves}) - {""}
