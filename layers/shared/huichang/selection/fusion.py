"""Three recalls become one selection, with a reason for every product and a count of everything that was left out.

Ranks are fused, never scores (weighted reciprocal rank fusion): BM25, cosine and sales have no common unit. Then: what
the operator and the brief demand is hard (excludes, eligibility, conditions), what the theme is about is judged on
words (selection/evidence.py), and the list is made pleasant (no twins, no merchant above a quarter) as far as the stock
allows.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from huichang.catalog.product import Product
from huichang.kernel.model import Model
from huichang.selection.evidence import Topic, TopicFinder
from huichang.selection.index import ProductIndex
from huichang.selection.model import (
    Eligibility,
    MerchandisingEdits,
    Path,
    Reason,
    Recall,
    RuleSet,
    SelectedProduct,
    Selection,
)
from huichang.selection.recall import eligibility
from huichang.selection.rules import in_words, meets
from huichang.selection.words import IndustryEntry, fold
from huichang.themes.model import CampaignBrief, Expansion, Theme

K = 60
WEIGHTS: Mapping[Path, float] = {"search": 1.0, "vector": 1.0, "rules": 0.5}
COMFORTABLE = 24  # a page of this many products needs no filling up with distant goods
FULL_PAGE = 48  # below this a merchant may exceed its share
MERCHANT_SHARE = 0.25
CATEGORY_SHARE = 0.35
_CATEGORIES_TO_SHARE = 4
TWIN = 0.92
_STRONGEST = 20
_NO_EDITS = MerchandisingEdits()
_SIZE = re.compile(
    r"(?:pack|set|box) of \d+|\d+(?:[.x*×]\d+)*\s*"
    r"(?:(?:cm|mm|m|ml|l|g|kg|oz|inch|inches|pcs?|pieces?|pack|sheets?|pairs?)\b|英寸|寸|只装?|个装?|件装?|片装?|支装?|[包袋盒瓶双条套页张号码])"
)


class _Candidate(Model):
    product: Product
    ranks: dict[Path, int]
    score: float
    words: tuple[str, ...]


def fused_scores(
    recalls: Iterable[Recall], weights: Mapping[Path, float] = WEIGHTS, k: int = K
) -> dict[str, tuple[float, dict[Path, int]]]:
    """Score (the sum of weight / (k + rank)) and rank per path of every recalled product."""
    ranks: dict[str, dict[Path, int]] = {}
    for recall in recalls:
        for hit in recall.hits:
            mine = ranks.setdefault(hit.product_id, {})
            mine[recall.path] = min(hit.rank, mine.get(recall.path, hit.rank))
    return {
        product_id: (math.fsum(weights[path] / (k + rank) for path, rank in mine.items()), dict(sorted(mine.items())))
        for product_id, mine in ranks.items()
    }


def enough(selection: Selection, minimum: int) -> bool:
    """Whether the selection can fill a venue."""
    return len(selection.products) >= minimum


class Fusion:
    """Fuses the recalls of one venue. No model call."""

    def __init__(self, index: ProductIndex, industries: Sequence[IndustryEntry] = (), *, max_products: int = 96) -> None:
        self._index = index
        self._finder = TopicFinder(index, industries)
        self._max = max_products

    def fuse(
        self,
        theme: Theme,
        brief: CampaignBrief,
        expansion: Expansion,
        recalls: Sequence[Recall],
        rules: RuleSet,
        edits: MerchandisingEdits = _NO_EDITS,
        pinned_by: str = "operator",
    ) -> Selection:
        """Return at most `max_products` products, pins first, then best first. Deterministic for the same index.

        `dropped` counts products by reason: gone, excluded, ineligible, condition, off_topic, unspoken (no word of the
        theme, and enough that have one), near_duplicate, merchant_share, over_limit; pin_gone, pin_ineligible,
        pin_condition for pins. A pin obeys the brief's conditions too: the page promises them. Raises what the index
        raises.
        """
        where = eligibility(brief, edits)
        topic = self._finder.find(theme.keywords, brief.subjects, where)
        scores = fused_scores(recalls)
        products = self._index.get(sorted({*scores, *edits.pins}))
        dropped: Counter[str] = Counter()

        pinned = self._pinned(edits, products, scores.keys(), where, rules, dropped)
        shelves = self._shelves(topic, expansion, recalls, products)
        spoken: list[_Candidate] = []
        unspoken: list[_Candidate] = []
        for product_id in sorted(scores, key=lambda key: (-scores[key][0], key)):
            if product_id in {product.id for product in pinned}:
                continue
            reason, candidate = self._judge(product_id, scores[product_id], products, where, rules, topic, shelves)
            if candidate is None:
                dropped[reason] += 1
            else:
                (spoken if candidate.words else unspoken).append(candidate)
        ordered = self._admit(topic, spoken, unspoken, dropped)
        ordered = _without_twins(ordered, pinned, dropped)
        room = max(0, self._max - len(pinned))
        chosen = _share_out(_varied(ordered, room), room, dropped)
        return self._selection(pinned, chosen, scores, recalls, rules, topic, brief, dropped, pinned_by)

    def _pinned(
        self,
        edits: MerchandisingEdits,
        products: Mapping[str, Product],
        recalled: Collection[str],
        where: Eligibility,
        rules: RuleSet,
        dropped: Counter[str],
    ) -> list[Product]:
        kept: dict[str, Product] = {}
        for product_id in dict.fromkeys(edits.pins):
            product = products.get(product_id)
            if product_id in edits.excludes:
                dropped["excluded"] += product_id not in recalled  # else counted where it was recalled
            elif product is None:
                dropped["pin_gone"] += 1
            elif not is_eligible(product, where):
                dropped["pin_ineligible"] += 1
            elif not all(meets(product, condition) for condition in rules.conditions):
                dropped["pin_condition"] += 1
            elif len(kept) < self._max:
                kept[product_id] = product
            else:
                dropped["over_limit"] += 1
        return list(kept.values())

    def _shelves(self, topic: Topic, expansion: Expansion, recalls: Sequence[Recall], products: Mapping[str, Product]) -> frozenset[str]:
        """Categories where goods without a word of the theme may still belong to it."""
        if topic.products:
            return frozenset({*expansion.categories, *topic.shelves}) - {""}
        strongest = [hit.product_id for recall in recalls if recall.path == "search" for hit in recall.hits[:_STRONGEST]]
        leaves = {products[product_id].leaf_category for product_id in strongest if product_id in products}
        return frozenset({*expansion.categories, *leaves}) - {""}

    def _judge(
        self,
        product_id: str,
        scored: tuple[float, dict[Path, int]],
        products: Mapping[str, Product],
        where: Eligibility,
        rules: RuleSet,
        topic: Topic,
        shelves: frozenset[str],
    ) -> tuple[str, _Candidate | None]:
        product = products.get(product_id)
        if product is None:
            return "gone", None
        if product_id in where.exclude_ids:
            return "excluded", None
        if not is_eligible(product, where):
            return "ineligible", None
        if not all(meets(product, condition) for condition in rules.conditions):
            return "condition", None
        words = topic.matches(product)
        if not words and product.leaf_category not in shelves:
            return "off_topic", None
        return "", _Candidate(product=product, ranks=scored[1], score=scored[0], words=words)

    def _admit(self, topic: Topic, spoken: list[_Candidate], unspoken: list[_Candidate], dropped: Counter[str]) -> list[_Candidate]:
        """Let in goods that share only a category with the theme.

        Where the theme names goods: a few, at the end, to fill a thin page. Where it is a scene: up to half as many as
        speak of it, in their place. Where nothing speaks of it (a language the catalogue does not know): all.
        """
        if topic.anchored:
            allowed = min(max(0, COMFORTABLE - len(spoken)), len(spoken) // 4)
        elif topic.products:
            allowed = max(COMFORTABLE - len(spoken), len(spoken) // 2)
        else:
            allowed = len(unspoken)
        admitted = unspoken[:allowed]
        dropped["unspoken"] += len(unspoken) - len(admitted)
        if topic.anchored:
            return [*spoken, *admitted]
        return sorted([*spoken, *admitted], key=lambda item: (-item.score, item.product.id))

    def _selection(
        self,
        pinned: Sequence[Product],
        chosen: Sequence[_Candidate],
        scores: Mapping[str, tuple[float, dict[Path, int]]],
        recalls: Sequence[Recall],
        rules: RuleSet,
        topic: Topic,
        brief: CampaignBrief,
        dropped: Counter[str],
        pinned_by: str,
    ) -> Selection:
        met = tuple(in_words(condition, brief.language) for condition in rules.conditions)
        rows: list[tuple[str, Reason]] = []
        for product in pinned:
            score, ranks = scores.get(product.id, (0.0, {}))
            rows.append(
                (
                    product.id,
                    Reason(
                        ranks=ranks,
                        score=round(score, 6),
                        conditions_met=met,
                        matched_words=topic.matches(product),
                        pinned_by=pinned_by,
                    ),
                )
            )
        for item in chosen:
            reason = Reason(ranks=item.ranks, score=round(item.score, 6), conditions_met=met, matched_words=item.words)
            rows.append((item.product.id, reason))
        return Selection(
            products=tuple(
                SelectedProduct(product_id=product_id, rank=rank, reason=reason) for rank, (product_id, reason) in enumerate(rows, 1)
            ),
            recalled={recall.path: len(recall.hits) for recall in sorted(recalls, key=lambda recall: recall.path)},
            rules=rules,
            dropped={reason: count for reason, count in sorted(dropped.items()) if count},
        )


def is_eligible(product: Product, where: Eligibility) -> bool:
    """Eligibility checked on the product itself: a recall may be older than the last stock update.

    Unknown stock is eligible: a foreign catalogue may not state it. Conditions are checked separately.
    """
    return (
        (where.catalogue is None or product.catalogue == where.catalogue)
        and (product.enrolled or not where.enrolled)
        and (product.stock is None or product.stock >= where.min_stock)
        and product.price.amount > 0
        and product.id not in where.exclude_ids
    )


def _title_key(product: Product) -> str:
    """The title's letters and digits, without sizes and pack counts; model numbers (iPhone 15) stay."""
    title = fold(product.title)
    return "".join(char for char in _SIZE.sub(" ", title) or title if char.isalnum())


def _title_grams(key: str) -> frozenset[str]:
    return frozenset(key[i : i + 2] for i in range(len(key) - 1)) or frozenset({key})


def _without_twins(ordered: Sequence[_Candidate], pinned: Sequence[Product], dropped: Counter[str]) -> list[_Candidate]:
    """Without products whose title (nearly) repeats a better one's: the goods of a second merchant, a second size."""
    keys: set[str] = set()
    grams: dict[str, list[frozenset[str]]] = {}

    def remember(product: Product, key: str, mine: frozenset[str]) -> None:
        keys.add(key)
        grams.setdefault(product.leaf_category, []).append(mine)

    for product in pinned:
        key = _title_key(product)
        remember(product, key, _title_grams(key))
    kept = []
    for item in ordered:
        key = _title_key(item.product)
        mine = _title_grams(key)
        near = (len(mine & other) / len(mine | other) for other in grams.get(item.product.leaf_category, ()))
        if key in keys or any(share >= TWIN for share in near):
            dropped["near_duplicate"] += 1
            continue
        remember(item.product, key, mine)
        kept.append(item)
    return kept


def _varied(ordered: Sequence[_Candidate], room: int) -> list[_Candidate]:
    """In an order where no leaf category takes over a broad theme: what exceeds its share of the page goes to the end.

    Only where at least four categories have four products or more to share it; nothing is left out.
    """
    counts = Counter(item.product.leaf_category for item in ordered)
    if sum(count >= _CATEGORIES_TO_SHARE for count in counts.values()) < _CATEGORIES_TO_SHARE:
        return list(ordered)
    cap = math.ceil(min(room, len(ordered)) * CATEGORY_SHARE)
    taken: Counter[str] = Counter()
    within: list[_Candidate] = []
    beyond: list[_Candidate] = []
    for item in ordered:
        taken[item.product.leaf_category] += 1
        (within if taken[item.product.leaf_category] <= cap else beyond).append(item)
    return [*within, *beyond]


def _share_out(ordered: Sequence[_Candidate], room: int, dropped: Counter[str]) -> list[_Candidate]:
    """The best `room`, no merchant above a quarter. Soft: not below a full page, and not among four merchants."""
    merchants = {item.product.merchant.id for item in ordered}
    size = min(room, len(ordered))
    if len(merchants) <= round(1 / MERCHANT_SHARE):
        dropped["over_limit"] += len(ordered) - size
        return list(ordered[:size])
    while True:
        cap = max(1, math.floor(size * MERCHANT_SHARE))
        taken: Counter[str] = Counter()
        within: list[_Candidate] = []
        beyond: list[_Candidate] = []
        for item in ordered:
            taken[item.product.merchant.id] += 1
            (within if taken[item.product.merchant.id] <= cap else beyond).append(item)
        length = min(len(within), room)
        if length >= size or length <= FULL_PAGE:
            break
        size = length  # a shorter list has a lower cap
    chosen = within[:room]
    filling = beyond[: max(0, min(room, FULL_PAGE) - len(chosen))]
    dropped["merchant_share"] += len(beyond) - len(filling)
    dropped["over_limit"] += len(within) - len(chosen)
    listed = {item.product.id for item in (*chosen, *filling)}
    return [item for item in ordered if item.product.id in listed]
