"""Everything that was recalled for one venue, judged once, and arranged under an operator's edits.

What the brief demands is hard (selection/eligibility.py, conditions), what the theme is about is judged on words
(selection/evidence.py), prices that cannot be meant are left out (selection/pricing.py): whatever an operator wishes.
`Pool.arrange` then lays the operator's edits over it and makes the list pleasant: no twins (selection/duplicates.py), no walls
of look-alikes (selection/lookalikes.py), no merchant above its share, every sub-theme with its part (selection/sharing.py).
A preview arranges one pool twice.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from huichang.catalog.product import Product
from huichang.materials.policy import the_gate
from huichang.selection.duplicates import collapse
from huichang.selection.edits import MerchandisingEdits, Verdict, Verdicts
from huichang.selection.eligibility import HARD, ineligible, window_of
from huichang.selection.evidence import Topic
from huichang.selection.lookalikes import too_many
from huichang.selection.model import (
    Condition,
    Eligibility,
    LeftOut,
    LeftOutCode,
    LeftOuts,
    Measured,
    Path,
    Reason,
    RuleSet,
    SelectedProduct,
    Selection,
)
from huichang.selection.policy import FusionPolicy
from huichang.selection.pricing import SanePrices
from huichang.selection.product_words import ProductWords, speaks
from huichang.selection.rrf import score
from huichang.selection.rules import in_words, meets
from huichang.selection.sharing import Claim, Shared, share_out
from huichang.themes.model import CampaignBrief, Theme

_CATEGORIES_TO_SHARE = 4
# Of goods that only share a shelf with a theme, one for so many that speak of it.
FILLED = 4
_NO_EDITS = MerchandisingEdits()


@dataclass(frozen=True)
class Candidate:
    """A product that may be shown, before anybody edits. `neighbour`: its words are near the theme, not the theme's own."""

    product: Product
    ranks: Mapping[Path, int]
    score: float
    words: tuple[str, ...]
    subtheme: str
    neighbour: bool = False


@dataclass(frozen=True)
class Arrangement:
    """A selection, its products in order, and why the other products of its pool are not in it."""

    selection: Selection
    left: Mapping[str, LeftOut]
    products: tuple[Product, ...] = ()

    @property
    def left_outs(self) -> LeftOuts:
        """As it is kept beside the selection."""
        return LeftOuts(products=tuple(self.left[product_id] for product_id in sorted(self.left)))


@dataclass
class Pool:
    """Everything that was recalled for a venue, judged. The same whatever the edits are."""

    theme: Theme
    brief: CampaignBrief
    rules: RuleSet
    where: Eligibility
    topic: Topic
    products: Mapping[str, Product]
    ranks: Mapping[str, Mapping[Path, int]]
    places: Mapping[str, Mapping[Path, float]]
    also: frozenset[str]
    shelves: frozenset[str]
    recalled: Mapping[Path, int]
    policy: FusionPolicy
    room: int
    now: datetime
    problems: dict[str, LeftOut] = field(default_factory=dict)
    candidates: dict[str, Candidate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._prices = SanePrices((self.products[key] for key in sorted(self.products)), self.policy.price)
        for product_id in sorted({*self.ranks, *self.also}):
            problem = self._problem(product_id)
            if problem is not None:
                self.problems[product_id] = problem
            if problem is None or problem.code not in HARD:
                self._admit_candidate(product_id)

    def arrange(self, edits: MerchandisingEdits, pinned_by: str = "operator") -> Arrangement:
        """Lay edits (all in force) over the pool. Every product recalled or pinned ends up chosen or with one reason why not."""
        verdicts = Verdicts(edits)
        decided = {
            product_id: verdicts.of(self.products[product_id]) if product_id in self.products else verdicts.of_id(product_id)
            for product_id in sorted({*self.ranks, *edits.pins})
        }
        left: dict[str, LeftOut] = {}
        for product_id, verdict in decided.items():
            if verdict is not None and verdict.action == "exclude":
                left[product_id] = self._left(product_id, "excluded", edits, by=edits.rules[verdict.rule].label())
        pinned = self._pinned(edits, decided, left)
        spoken: list[Candidate] = []
        near: list[Candidate] = []
        unspoken: list[Candidate] = []
        for candidate in self._in_order(decided, edits):
            product_id = candidate.product.id
            if product_id in left or product_id in pinned or product_id not in self.ranks:
                continue
            if product_id in self.problems:
                left[product_id] = self.problems[product_id]
            else:
                (near if candidate.neighbour else spoken if candidate.words else unspoken).append(candidate)
        for product_id, problem in self.problems.items():
            if product_id in self.ranks and product_id not in left and product_id not in pinned:
                left[product_id] = problem
        room = max(0, self.policy.comfortable - len(spoken))
        for candidate in near[room:]:
            left[candidate.product.id] = self._left(candidate.product.id, "unspoken", edits)
        ordered = self._admitted(spoken, near[:room], unspoken, decided, edits, left)
        ordered, collapsed = self._without_twins(pinned, ordered, left)
        ordered = self._without_walls(pinned, ordered, left)
        ordered = _varied(ordered, self.room - len(pinned), self.policy)
        shared = self._share(ordered, pinned, left)
        listed = set(shared.chosen)
        chosen = [candidate for candidate in ordered if candidate.product.id in listed]
        return self._arrangement(self._placed(edits, pinned, chosen), edits, decided, collapsed, pinned, left, shared, pinned_by)

    # --- judging, once -------------------------------------------------------------------------------------------------

    def _problem(self, product_id: str) -> LeftOut | None:
        """Why a product cannot be shown, whatever the operator edits; None where it can."""
        ranks = dict(self.ranks.get(product_id, {}))

        def out(code: LeftOutCode) -> LeftOut:
            return LeftOut(product_id=product_id, code=code, ranks=ranks)

        product = self.products.get(product_id)
        if product is None:
            return out("gone")
        code = ineligible(product, self.where, self.now)
        if code is not None:
            enrolment = product.enrolment(self.where.promotion) if code == "not_open" and self.where.promotion else None
            return out(code).model_copy(update={"by": window_of(enrolment)})
        verdict = the_gate().text(product.text(self.brief.language).title, product_id, origin="product")
        if verdict.blocked:
            found = verdict.blocking[0]
            return out("policy").model_copy(update={"by": f"{found.words} · {found.message[self.brief.language]}"})
        failed = next((condition for condition in self.rules.conditions if not meets(product, condition)), None)
        if failed is not None:
            return out("condition").model_copy(update={"measured": _measured(product, failed)})
        outside = self._prices.problem(product)
        if outside is not None:
            update = {"low": outside.low, "high": outside.high, "by": outside.category}
            return out("price_outlier").model_copy(update=update)
        if self.topic.for_others(product) or (not self._said(product)[0] and product.leaf_category not in self.shelves):
            return out("off_topic")
        return None

    def _admit_candidate(self, product_id: str) -> None:
        ranks = self.ranks.get(product_id, {})
        product = self.products[product_id]
        words, neighbour = self._said(product)
        self.candidates[product_id] = Candidate(
            product=product,
            ranks=ranks,
            score=score(self.places.get(product_id, {}), self.policy.weights, self.policy.k),
            words=words,
            subtheme=self._subtheme(product),
            neighbour=neighbour,
        )

    def _said(self, product: Product) -> tuple[tuple[str, ...], bool]:
        """What the product speaks of, and whether as a neighbour, where the rules had to let neighbours in."""
        own = self.topic.matches(product)
        near = self.topic.near(product) if not own and self.rules.neighbours else ()
        return own or near, bool(near)

    def _subtheme(self, product: Product) -> str:
        """The first sub-theme one of whose words the product speaks of."""
        if not self.theme.subthemes:
            return ""
        words = ProductWords(product)
        for subtheme in self.theme.subthemes:
            if any(speaks(words, keyword) for keyword in subtheme.keywords or (subtheme.name,)):
                return subtheme.name
        return ""

    # --- arranging, once for each state of the edits --------------------------------------------------------------------

    def _left(self, product_id: str, code: LeftOutCode, edits: MerchandisingEdits, by: str = "", place: int | None = None) -> LeftOut:
        return LeftOut(
            product_id=product_id,
            code=code,
            ranks=dict(self.ranks.get(product_id, {})),
            pinned=product_id in edits.pins,
            by=by,
            place=place,
        )

    def _pinned(self, edits: MerchandisingEdits, decided: Mapping[str, Verdict | None], left: dict[str, LeftOut]) -> dict[str, int]:
        """Pinned product ids in order and the rule that pins each: single products first, then the best of pinned sets."""
        kept: dict[str, int] = {}
        for place, rule in enumerate(edits.rules):
            if rule.action != "pin" or rule.scope != "product" or rule.value in kept or rule.value in left:
                continue
            problem = self.problems.get(rule.value)
            if problem is not None and problem.code in HARD:
                left[rule.value] = problem.model_copy(update={"pinned": True})
            elif rule.value not in self.candidates:  # a pin that this pool was not asked for
                left[rule.value] = self._left(rule.value, "gone", edits)
            elif len(kept) >= self.room:
                left[rule.value] = self._left(rule.value, "over_limit", edits)
            else:
                kept[rule.value] = place
        best_first = sorted(self.candidates.values(), key=lambda candidate: (-candidate.score, candidate.product.id))
        for place, rule in enumerate(edits.rules):
            if rule.action != "pin" or rule.scope == "product":
                continue
            room = min(rule.limit, self.room - len(kept))
            for candidate in best_first:
                product_id = candidate.product.id
                verdict = decided.get(product_id)
                if room <= 0:
                    break
                if verdict and verdict.action == "pin" and verdict.rule == place and product_id not in {*kept, *left, *self.problems}:
                    kept[product_id] = place
                    room -= 1
        return kept

    def _in_order(self, decided: Mapping[str, Verdict | None], edits: MerchandisingEdits) -> list[Candidate]:
        """Candidates by fused score, lifted by boosts and lowered by buries; ties by id."""
        return sorted(
            self.candidates.values(),
            key=lambda candidate: (-self._weighed(candidate, decided.get(candidate.product.id), edits), candidate.product.id),
        )

    def _weighed(self, candidate: Candidate, verdict: Verdict | None, edits: MerchandisingEdits) -> float:
        if verdict is None or verdict.action not in ("boost", "bury"):
            return candidate.score
        factor = self.policy.levels[edits.rules[verdict.rule].level - 1]
        return candidate.score * factor if verdict.action == "boost" else candidate.score / factor

    def _admitted(
        self,
        spoken: list[Candidate],
        near: list[Candidate],
        unspoken: list[Candidate],
        decided: Mapping[str, Verdict | None],
        edits: MerchandisingEdits,
        left: dict[str, LeftOut],
    ) -> list[Candidate]:
        """Let in goods that share only a category with the theme.

        Where the theme names goods: a few, behind its neighbours, to fill a thin page. Where it is a scene: up to half as many
        as speak of it, in their place. Where nothing speaks of it (a language the catalogue does not know): all.
        """
        comfortable = self.policy.comfortable
        if self.topic.anchored:
            allowed = min(max(0, comfortable - len(spoken) - len(near)), len(spoken) // FILLED)
        elif self.topic.products:
            allowed = max(comfortable - len(spoken), len(spoken) // 2)
        else:
            allowed = len(unspoken)
        for candidate in unspoken[allowed:]:
            left[candidate.product.id] = self._left(candidate.product.id, "unspoken", edits)
        if self.topic.anchored:
            return [*spoken, *near, *unspoken[:allowed]]
        return sorted(
            [*spoken, *unspoken[:allowed]],
            key=lambda candidate: (-self._weighed(candidate, decided.get(candidate.product.id), edits), candidate.product.id),
        )

    def _without_twins(
        self, pinned: Collection[str], ordered: Sequence[Candidate], left: dict[str, LeftOut]
    ) -> tuple[list[Candidate], dict[str, list[str]]]:
        first = [self.candidates[product_id].product for product_id in pinned]
        twins = collapse([*first, *(candidate.product for candidate in ordered)], frozenset(pinned), self.policy.twin)
        stands_for: dict[str, list[str]] = {}
        for product_id, kept in twins.items():
            stands_for.setdefault(kept, []).append(product_id)
            left[product_id] = self._left(product_id, "near_duplicate", _NO_EDITS, by=kept)
        return [candidate for candidate in ordered if candidate.product.id not in twins], stands_for

    def _without_walls(self, pinned: Collection[str], ordered: Sequence[Candidate], left: dict[str, LeftOut]) -> list[Candidate]:
        """Only some of the goods that look the same; the others are in reserve."""
        first = [self.candidates[product_id].product for product_id in pinned]
        products = [candidate.product for candidate in ordered]
        reserve = too_many(products, first, self.policy.look_alikes, min(self.room, self.policy.comfortable))
        for product_id, family in reserve.items():
            left[product_id] = self._left(product_id, "look_alike", _NO_EDITS, by=family)
        return [candidate for candidate in ordered if candidate.product.id not in reserve]

    def _share(self, ordered: Sequence[Candidate], pinned: Collection[str], left: dict[str, LeftOut]) -> Shared:
        claims = [Claim(one.product.id, one.product.merchant.id, one.subtheme) for one in ordered]
        taken = Counter(self.candidates[product_id].product.merchant.id for product_id in pinned)
        subthemes = [subtheme.name for subtheme in self.theme.subthemes]
        shared = share_out(claims, max(0, self.room - len(pinned)), taken, subthemes, self.policy)
        for place, candidate in enumerate(ordered, 1):
            code = shared.left.get(candidate.product.id)
            if code is not None:
                merchant = candidate.product.merchant
                by = (merchant.name or merchant.id) if code == "merchant_share" else ""
                left[candidate.product.id] = self._left(candidate.product.id, code, _NO_EDITS, by=by, place=len(pinned) + place)
        return shared

    def _placed(self, edits: MerchandisingEdits, pinned: Mapping[str, int], chosen: Sequence[Candidate]) -> list[str]:
        """Ids in their final order: pins without a place first, then the rest; then each pin with a place goes to it."""
        free = [product_id for product_id, rule in pinned.items() if edits.rules[rule].position is None]
        placed = [*free, *(candidate.product.id for candidate in chosen)]
        fixed = [(position, rule, product_id) for product_id, rule in pinned.items() if (position := edits.rules[rule].position)]
        earlier = 0
        for position, _, product_id in sorted(fixed):
            earlier = max(earlier + 1, position)  # two pins for one place stand one behind the other
            placed.insert(min(earlier - 1, len(placed)), product_id)
        return placed

    def _arrangement(
        self,
        placed: Sequence[str],
        edits: MerchandisingEdits,
        decided: Mapping[str, Verdict | None],
        collapsed: Mapping[str, list[str]],
        pinned: Mapping[str, int],
        left: Mapping[str, LeftOut],
        shared: Shared,
        pinned_by: str,
    ) -> Arrangement:
        met = tuple(in_words(condition, self.brief.language) for condition in self.rules.conditions)
        rows: list[SelectedProduct] = []
        for rank, product_id in enumerate(placed, 1):
            candidate = self.candidates[product_id]
            verdict = decided.get(product_id)
            reason = Reason(
                ranks=dict(candidate.ranks),
                score=round(self._weighed(candidate, verdict, edits), 6),
                conditions_met=met,
                measured=tuple(_measured(candidate.product, condition) for condition in self.rules.conditions),
                matched_words=candidate.words,
                subtheme=candidate.subtheme,
                pinned_by=pinned_by if product_id in pinned else "",
                edit=edits.rules[verdict.rule].label() if verdict and (product_id in pinned or verdict.action != "pin") else "",
                collapsed=tuple(collapsed.get(product_id, ())),
            )
            rows.append(SelectedProduct(product_id=product_id, rank=rank, reason=reason))
        dropped = Counter(out.code for out in left.values())
        subthemes = Counter(row.reason.subtheme for row in rows if row.reason.subtheme)
        selection = Selection(
            products=tuple(rows),
            recalled=dict(self.recalled),
            rules=self.rules,
            dropped={code: dropped[code] for code in sorted(dropped)},
            unmet_pins={product_id: out.code for product_id, out in sorted(left.items()) if out.pinned and out.code != "excluded"},
            subthemes={subtheme.name: subthemes[subtheme.name] for subtheme in self.theme.subthemes},
            notes=(_YIELDED[shared.yielded],) if shared.yielded else (),
        )
        return Arrangement(selection=selection, left=left, products=tuple(self.candidates[product_id].product for product_id in placed))


_YIELDED = {
    "few_merchants": {
        "zh": "商家太少，单一商家占比不设上限",
        "en": "too few merchants: no cap on one merchant's share",
    },
    "thin_page": {
        "zh": "按商家占比上限凑不满一页，已放宽并平均补足",
        "en": "the page would be thin under the cap on one merchant's share: filled beyond it, evenly",
    },
}


def _measured(product: Product, condition: Condition) -> Measured:
    value = product.indicators().get(condition.indicator)
    return Measured(indicator=condition.indicator, op=condition.op, threshold=condition.value, value=value)


def _varied(ordered: Sequence[Candidate], room: int, policy: FusionPolicy) -> list[Candidate]:
    """In an order where no leaf category takes over a broad theme: what exceeds its share of the page goes to the end.

    Only where at least four categories have four products or more to share it; nothing is left out.
    """
    counts = Counter(candidate.product.leaf_category for candidate in ordered)
    if sum(count >= _CATEGORIES_TO_SHARE for count in counts.values()) < _CATEGORIES_TO_SHARE:
        return list(ordered)
    cap = math.ceil(min(max(0, room), len(ordered)) * policy.category_share)
    taken: Counter[str] = Counter()
    within: list[Candidate] = []
    beyond: list[Candidate] = []
    for candidate in ordered:
        taken[candidate.product.leaf_category] += 1
        (within if taken[candidate.product.leaf_category] <= cap else beyond).append(candidate)
    return [*within, *beyond]
