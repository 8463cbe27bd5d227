"""Three ways to recall products for a theme: by words, by meaning, by rules. Each says how it asked and how long."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.kernel.models import CallContext, EmbeddingModel
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.eligibility import eligibility
from huichang.selection.evidence import TopicFinder
from huichang.selection.feedback import with_feedback
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility, Hit, Recall, RuleSet
from huichang.selection.rules import RuleWriter, in_words, with_conditions
from huichang.selection.words import IndustryEntry
from huichang.themes.model import CampaignBrief, Expansion, Theme

SIZE = 300
_WIDER = 3  # looked at before a quarter for each category is cut out of it
_NO_EDITS = MerchandisingEdits()


class RulesRecall(Model):
    """What the rules path found and the rules it used; fusion applies the same rules to the other paths."""

    recall: Recall
    rules: RuleSet


class Recaller:
    """The three recalls. They do not depend on each other and may run in parallel.

    Each needs only its own part: a function that searches words carries neither models nor their key.
    """

    def __init__(
        self,
        index: ProductIndex,
        embeddings: EmbeddingModel | None = None,
        rule_writer: RuleWriter | None = None,
        industries: Sequence[IndustryEntry] = (),
        *,
        size: int = SIZE,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._index = index
        self._embeddings = embeddings
        self._rule_writer = rule_writer
        self._finder = TopicFinder(index, industries)
        self._size = size
        self._timer = timer

    def by_search(self, brief: CampaignBrief, expansion: Expansion, edits: MerchandisingEdits = _NO_EDITS) -> Recall:
        """Best matches of the expansion's words (BM25). Raises what the index raises."""
        start = self._timer()
        hits = self._index.search(expansion.words, eligibility(brief), self._deep(edits)) if expansion.words else []
        query = " | ".join(" ".join(words) for _, words in sorted(expansion.words.items(), reverse=True))
        return self._recall("search", hits, query, start, self._empty(hits))

    def by_vector(self, brief: CampaignBrief, expansion: Expansion, edits: MerchandisingEdits = _NO_EDITS, venue_id: str = "") -> Recall:
        """Nearest neighbours of the expansion's text, pulled towards what its words find; one embedding call.

        Raises what the model and the index raise.
        """
        start = self._timer()
        context = CallContext(campaign_id=brief.campaign_id, venue_id=venue_id, purpose="recall_by_vector")
        if self._embeddings is None:
            raise PermanentError("this recaller was made without an embedding model", where="RecallByVector", code="defect")
        vector = self._embeddings.embed_query(expansion.text, context)
        where = eligibility(brief)
        hits = self._index.nearest(with_feedback(self._index, vector, expansion.words, where), where, self._deep(edits))
        return self._recall("vector", hits, expansion.text, start, self._empty(hits))

    def by_rules(
        self,
        theme: Theme,
        brief: CampaignBrief,
        expansion: Expansion,
        minimum: int,
        edits: MerchandisingEdits = _NO_EDITS,
        venue_id: str = "",
    ) -> RulesRecall:
        """Best sellers of the theme's own pool that meet the brief's thresholds; no model call without constraints.

        `minimum`: how many products a venue needs; thresholds that leave fewer are relaxed, and the rules say so.
        """
        start = self._timer()
        size = self._deep(edits)
        pool, notes, wider = self._pools(theme, brief, expansion)
        if self._rule_writer is None:
            raise PermanentError("this recaller was made without a rule writer", where="RecallByRules", code="defect")
        rules = self._rule_writer.write(brief, pool, minimum, venue_id, wider)
        within = with_conditions(wider if wider is not None and rules.neighbours else pool, rules.conditions)
        if expansion.words and self._index.percentile("sales_30d", 50, pool) is None:
            # A catalogue without sales figures would come in the order of its ids; the words rank better than that.
            hits = self._index.search(expansion.words, within, _WIDER * size)
            hits += self._index.filter(within, size)
            notes = (*notes, both("目录没有销量，按相关度排序", "no sales figures: ranked by words"))
        else:
            hits = self._index.filter(within, _WIDER * size)
        hits = self._spread(hits, size)
        query = "; ".join(in_words(condition, brief.language) for condition in rules.conditions)
        told = (*notes, *rules.relaxed, *rules.notes, *self._empty(hits))
        return RulesRecall(recall=self._recall("rules", hits, query, start, told), rules=rules)

    def pool(self, theme: Theme, brief: CampaignBrief, expansion: Expansion) -> tuple[Eligibility, tuple[Text, ...]]:
        """The theme's own products as an eligibility to filter and take percentiles in, and notes on how it was drawn.

        The products that speak of the theme; where those are too many to list, their categories; where there are none
        (a theme in a language the catalogue does not speak), the expansion's categories, else what its words find.
        """
        pool, notes, _ = self._pools(theme, brief, expansion)
        return pool, notes

    def _pools(self, theme: Theme, brief: CampaignBrief, expansion: Expansion) -> tuple[Eligibility, tuple[Text, ...], Eligibility | None]:
        """As `pool`, and that pool with the theme's neighbours where there are any."""
        where = eligibility(brief)
        topic = self._finder.find(theme.keywords, brief.subjects, where, audience=brief.audience)
        if topic.products and not topic.full:
            note = both(f"主题内 {topic.depth} 件商品", f"{topic.depth} products speak of the theme")
            pool, near = where.model_copy(update={"product_ids": topic.products}), tuple(product.id for product in topic.neighbours)
            return pool, (note,), where.model_copy(update={"product_ids": topic.products + near}) if near else None
        categories = topic.categories or expansion.categories
        if categories:
            note = both(f"按 {len(categories)} 个类目圈定", f"drawn from {len(categories)} categories")
            return where.model_copy(update={"leaf_categories": categories}), (note,), None
        hits = self._index.search(expansion.words, where, self._size) if expansion.words else []
        note = both(f"按搜索词圈定 {len(hits)} 件", f"drawn from {len(hits)} products found by words")
        return where.model_copy(update={"product_ids": tuple(hit.product_id for hit in hits)}), (note,), None

    def _deep(self, edits: MerchandisingEdits) -> int:
        """How many to ask for: each excluded product takes a place that another one must be able to fill."""
        whole_sets = any(rule.action == "exclude" and rule.scope != "product" for rule in edits.rules)
        return self._size * (2 if whole_sets else 1) + len(edits.excludes)

    def _spread(self, hits: Sequence[Hit], size: int) -> list[Hit]:
        """The best `size`, no leaf category with more than a quarter of them where others could have the room."""
        unique = list({hit.product_id: hit for hit in hits}.values())
        if len(unique) > size:
            leaves = {key: product.leaf_category for key, product in self._index.get([*map(_id, unique)]).items()}
            taken: Counter[str] = Counter()
            within: list[Hit] = []
            beyond: list[Hit] = []
            for hit in unique:
                leaf = leaves.get(hit.product_id, "")
                taken[leaf] += 1
                (within if taken[leaf] <= max(1, size // 4) else beyond).append(hit)
            kept = {hit.product_id for hit in [*within, *beyond][:size]}
            unique = [hit for hit in unique if hit.product_id in kept]
        return [hit.model_copy(update={"rank": rank}) for rank, hit in enumerate(unique, 1)]

    def _empty(self, hits: Sequence[Hit]) -> tuple[Text, ...]:
        return () if hits else (both("没有找到商品", "found no product"),)

    def _recall(self, path: str, hits: Sequence[Hit], query: str, start: float, notes: tuple[Text, ...]) -> Recall:
        return Recall.model_validate(
            {
                "path": path,
                "hits": tuple(hits),
                "query": query,
                "seconds": round(max(0.0, self._timer() - start), 4),
                "notes": notes,
            }
        )


def _id(hit: Hit) -> str:
    return hit.product_id
