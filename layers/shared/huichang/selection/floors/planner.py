"""Dividing a venue into floors: every way to divide is tried and scored, the best is chosen, and the table says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from huichang.catalog.product import Product
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language
from huichang.selection.floors import naming, partitions, scoring, settling
from huichang.selection.floors.goods import Goods
from huichang.selection.floors.joining import joined_departments
from huichang.selection.floors.library import KeptFloors, suggested
from huichang.selection.floors.ordering import floor_order, mixed
from huichang.selection.floors.partitions import Partition
from huichang.selection.model import Floor, FloorArrangement, FloorCandidate, FloorPlan, Selection
from huichang.selection.words import clean, say
from huichang.themes.model import Theme

ENOUGH_FOR_FLOORS = 12
_LISTED = 12
_GOOD_ENOUGH = 0.36  # prices divide anything; below this, one floor with everything is more honest


class FloorPlanner:
    """Plans the floors of a venue. Pure: the products and the kept floors come from the caller."""

    def plan(
        self,
        theme: Theme,
        selection: Selection,
        products: Mapping[str, Product],
        language: Language,
        *,
        kept: Iterable[KeptFloors] = (),
        arrangement: FloorArrangement | None = None,
        vectors: Mapping[str, Sequence[float]] | None = None,
    ) -> FloorPlan:
        """Return floors that hold every selected product known to `products`, each exactly once.

        `vectors`: embeddings by product id (unit length), for placing what no floor's own value claims; without all of them words
        decide. An operator's `arrangement` wins over everything. Otherwise 1 to 12 floors of at least 4 products (unless there is only
        one); a floor "explore more" holds at most 15 %. Floors are in order of expected sales (price bands from cheap
        to dear), those with pinned goods first, "explore more" last; inside a floor the selection's order holds, but for
        neighbours that look alike.
        """
        ids = [item.product_id for item in selection.products if item.product_id in products]
        goods = Goods({product_id: products[product_id] for product_id in ids}, language, vectors)
        pinned = {item.product_id: place for place, item in enumerate(selection.products) if item.reason.pinned_by}
        tried = self._tried(theme, goods, kept) if len(ids) >= ENOUGH_FOR_FLOORS else []
        table = tuple(candidate for _, candidate in tried)
        usable = [(partition, candidate) for partition, candidate in tried if not candidate.refused]
        usable = usable or [(partition, candidate) for partition, candidate in tried if candidate.refused == "lopsided"]
        if arrangement is not None and ids:
            return _identified(_arranged(arrangement, goods, table))
        if not usable or usable[0][1].score < _GOOD_ENOUGH:
            return _identified(self._one(theme, goods, table, too_few=len(ids) < ENOUGH_FOR_FLOORS))
        best, candidate = usable[0]
        runner_up = usable[1][1] if len(usable) > 1 else None
        return _identified(
            FloorPlan(
                by=candidate.by,
                floors=_floors(best, goods, pinned),
                score=candidate.score,
                reason=_reason(best, candidate, runner_up, len(ids), language),
                runner_up="" if runner_up is None else f"{runner_up.by} ({runner_up.score:.2f})",
                candidates=table,
            )
        )

    def _tried(self, theme: Theme, goods: Goods, kept: Iterable[KeptFloors]) -> list[tuple[Partition, FloorCandidate]]:
        """Every way to divide with its scores, best first, refused ones last."""
        kind = partitions.kind_of(goods)
        raw = [
            *suggested(kept, goods),
            *partitions.category_levels(goods),
            *joined_departments(goods),
            *partitions.subthemes(theme, goods),
            *partitions.attributes(goods, goods.ids),
            *partitions.phrases(goods, goods.ids, kind),
            *partitions.audiences(goods, goods.ids, kind),
            *partitions.brands(theme, goods),
            *partitions.prices(goods, goods.ids),
        ]
        raw += [finer for partition in raw if partition.kind in ("category", "subthemes") for finer in settling.refined(
            settling.settled(partition, goods), goods)]  # fmt: skip
        overall = goods.within(goods.ids)
        by_brand = any(partition.kind == "brand" for partition in raw)
        tried = []
        for partition in raw:
            most = min(scoring.MAX_FLOORS, scoring.wanted_floors(len(goods.ids))[1])
            cut = settling.trimmed(settling.settled(partition, goods, max(most, 2)), goods)
            refused = settling.refusal(cut, goods, len(cut.rest), brands_allowed=by_brand)
            done = settling.placed(cut, goods)
            parts = settling.parts_of_score(done, goods, overall) if done.parts else {}
            tried.append(
                (
                    done,
                    FloorCandidate(
                        by=partition.by,
                        score=scoring.weighted(parts, partition.preference) if parts else 0.0,
                        parts=parts,
                        titles=tuple(part.title for part in done.parts),
                        sizes=settling.sizes_of(done.parts) + ((len(done.rest),) if done.rest else ()),
                        refused=refused,
                    ),
                )
            )
        tried.sort(key=lambda each: (bool(each[1].refused), each[1].refused != "lopsided", -each[1].score, each[1].by))
        return tried[:_LISTED]

    def _one(self, theme: Theme, goods: Goods, table: tuple[FloorCandidate, ...], *, too_few: bool) -> FloorPlan:
        language = goods.language
        reason = (
            say(language, f"只有 {len(goods.ids)} 件商品，不分楼层", f"only {len(goods.ids)} products: one floor")
            if too_few
            else say(language, "没有一种分法能均匀地分开", "no way of dividing suits these goods")
        )
        title = naming.tidy(theme.name) or clean(theme.name, 12 if language == "zh" else 24)
        title = title or say(language, "全部商品", "All Products")
        floors = (Floor(floor_id="floor-1", title=title, value="", product_ids=goods.ids),) if goods.ids else ()
        return FloorPlan(by="one", floors=floors, score=0.0, reason=reason, candidates=table)


def _floors(partition: Partition, goods: Goods, pinned: Mapping[str, int]) -> tuple[Floor, ...]:
    in_order = goods.rank.__getitem__

    def shown(part: partitions.Part) -> tuple[str, str, tuple[str, ...]]:
        # Guests stand last: the first card of a floor must keep what its title says.
        own, guests = (mixed(sorted(ids, key=in_order), goods, pinned) for ids in (part.own, part.guests))
        return part.title, part.value, (*own, *guests)

    parts = list(partition.parts)
    if partition.ordered and not pinned:
        parts.sort(key=lambda part: _cheapest(part, goods))
    elif partition.kind != "library":  # those stay in the order that people gave them
        parts = _page_order(parts, goods, pinned)
    rows = [shown(part) for part in parts]
    if partition.rest:
        rows.append((naming.explore(goods.language), "", mixed(partition.rest, goods, pinned)))
    return tuple(
        Floor(floor_id=f"floor-{number}", title=title, value=value, product_ids=ids) for number, (title, value, ids) in enumerate(rows, 1)
    )


def _page_order(parts: Sequence[partitions.Part], goods: Goods, pinned: Mapping[str, int]) -> list[partitions.Part]:
    """Families of floors by expected sales, floors by expected sales within them; "more of" something behind what it is more of."""
    families: dict[str, list[partitions.Part]] = {}
    for part in parts:
        families.setdefault(part.family or part.value, []).append(part)
    names = [name for name, members in families.items() if not all(part.beside for part in members)]
    last = [name for name in families if name not in names]
    ordered: list[partitions.Part] = []
    for group in (names, last):
        sizes = [[product_id for part in families[name] for product_id in part.ids] for name in group]
        for place in floor_order(sizes, goods, pinned):
            members = families[group[place]]
            inner = [members[number] for number in floor_order([part.ids for part in members], goods, pinned)]
            if any(part.priced for part in members) and not pinned:
                inner.sort(key=lambda part: _cheapest(part, goods))
            ordered += sorted(inner, key=lambda part: part.beside)
    return ordered


def _cheapest(part: partitions.Part, goods: Goods) -> Decimal:
    return min(goods.products[product_id].price.amount for product_id in part.own)


def _arranged(arrangement: FloorArrangement, goods: Goods, table: tuple[FloorCandidate, ...]) -> FloorPlan:
    """The operator's floors with the goods there are now: what is gone leaves, what is new joins the nearest floor."""
    language = goods.language
    rows = [(floor.title, [one for one in floor.product_ids if one in goods.products]) for floor in arrangement.floors]
    rows = [row for row in rows if row[1]] or [(arrangement.floors[0].title, [])]
    stands = {product_id for _, ids in rows for product_id in ids}
    new = [product_id for product_id in goods.ids if product_id not in stands]
    before = [tuple(ids) for _, ids in rows]
    for product_id in new:
        rows[goods.nearest(product_id, before)[0]][1].append(product_id)
    floors = tuple(
        Floor(floor_id=f"floor-{number}", title=title, value=title, product_ids=tuple(ids), named_by=arrangement.arranged_by)
        for number, (title, ids) in enumerate(rows, 1)
    )
    who = arrangement.arranged_by
    reason = say(
        language,
        f"由 {who} 编排" + (f"；新增的 {len(new)} 件商品已归入相近楼层" if new else ""),
        f"arranged by {who}" + (f"; {len(new)} products that came later joined the nearest floors" if new else ""),
    )
    best = next((candidate for candidate in table if not candidate.refused), None)
    return FloorPlan(
        by="operator", floors=floors, score=0.0, reason=reason, candidates=table,
        runner_up="" if best is None else f"{best.by} ({best.score:.2f})",
    )  # fmt: skip


def plan_id(floors: Sequence[Floor]) -> str:
    """Hash of the floors as they are: titles, order and products."""
    return content_hash([[floor.title, list(floor.product_ids)] for floor in floors])[:16]


def _identified(plan: FloorPlan) -> FloorPlan:
    return plan.model_copy(update={"plan_id": plan_id(plan.floors)})


def by_in_words(by: str, label: str, language: Language) -> str:
    """How a partition divides, in words."""
    names = {
        "category": ("叶子类目", "leaf category"),
        "subthemes": ("子主题", "sub-theme"),
        "brand": ("品牌", "brand"),
        "price": ("价格带", "price band"),
        "audience": ("适用人群", "whom it is for"),
        "words": ("标题用词", "words of the titles"),
    }
    said = []
    for piece in by.split("+"):
        kind, _, detail = piece.partition(":")
        if kind == "attribute":
            said.append(say(language, f"属性「{detail}」", f"the attribute {detail!r}"))
        elif kind == "library":
            said.append(say(language, f"「{label}」沉淀的楼层", f"the floors kept from {label!r}"))
        elif piece == "category:joined":
            said.append(say(language, "类目，小类目两两并层", "department, small ones in pairs"))
        elif kind == "category" and detail:
            said.append(say(language, f"第 {detail} 级类目", f"category level {detail}"))
        else:
            said.append(say(language, *names.get(kind, (kind, kind))))
    return say(language, "＋", " and ").join(said)


def _reason(best: Partition, chosen: FloorCandidate, runner_up: FloorCandidate | None, total: int, language: Language) -> str:
    parts = chosen.parts
    said = say(
        language,
        f"按{by_in_words(chosen.by, best.label, language)}分成 {len(chosen.sizes)} 层，得分 {chosen.score:.2f}："
        f"覆盖 {total} 件商品的 {parts['coverage']:.0%}，均衡 {parts['balance']:.2f}，纯度 {parts['purity']:.2f}，"
        f"大小 {parts['size']:.2f}，命名 {parts['naming']:.2f}",
        f"{len(chosen.sizes)} floors by {by_in_words(chosen.by, best.label, language)}, score {chosen.score:.2f}: they hold "
        f"{parts['coverage']:.0%} of {total} products by their own value, balance {parts['balance']:.2f}, purity {parts['purity']:.2f}, "
        f"size {parts['size']:.2f}, naming {parts['naming']:.2f}",
    )
    if chosen.refused == "lopsided":
        share = max(chosen.sizes) / total
        said += say(
            language, f"；一层占 {share:.0%}：没有别的分法能分得更细", f"; one floor has {share:.0%}: nothing divides these goods finer"
        )
    if runner_up is None:
        return said
    other = by_in_words(runner_up.by, "", language)
    return said + say(language, f"；次选 {other} {runner_up.score:.2f}", f"; next best {other} {runner_up.score:.2f}")
