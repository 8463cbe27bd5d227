"""Which measure a quantity is of: the cue that touches it, else the nearest in its clause that its unit allows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from infra.local.models.grammar.comparators import COMPLEMENT, FLIPPED
from infra.local.models.grammar.cues import GAP_LEFT, GAP_RIGHT, MEASURES, UNMEASURED, Measure
from infra.local.models.grammar.quantities import Quantity

_CLAUSE = re.compile(r"[，,;；。!！?？\n、]|\.(?=\s|$)|\s(?:but|plus)\s|但|(?<=[\u4e00-\u9fff])(?:且|并且|而且|同时|还要|以及)")
# A bare number with a comparison is a price only where nothing follows that it could count ("at least 36 appetizers").
_PRICE_MAY_END = re.compile(
    r"\s*(?:$|[，,。;；.!！?？、:：)）\u4e00-\u9fff]|\d[\d.]*\s*[元块]?(?:钱)?以[上下内]|(?:and|or|with|for|that|which|who|in(?!\s+(?:size|diameter|length|width|height|total))|at|on|to(?!\s*\d)|please|only|each|apiece|a\s+piece|"
    r"under|below|over|above|up\s+to|no\s+(?:more|less)|less\s+than|more\s+than|"
    r"per|free|rated|rating|ships?|shipping|shipped|from|as|if|but|plus|including|excluding|max|maximum|minimum|if\s+possible|ideally|preferably|best|cheap|low|high|fast|new|sold|is|are|not|no|by(?!\s*\d)|"
    r"good|great|verified|factory|open|dropship\w*|custom\w*|export\w*|cross|stock|in-stock|moq|listed|made|so|then|we|i|because|price|price[sd]?|budget|venue|page|sale|campaign|promotion)(?![a-z]))"
)
_SIZED = re.compile(
    r"(?:size[ds]?|fits?|height|diameter|width|length|neck|sleeves?|waist|chest|model|models|year|years|inseam|bust|hips?|shoe|ages?|aged|grade|volt|尺码|尺寸|身高|型号)\W+(?:\w+\W+){0,2}$"
)
_SIZED_AFTER = re.compile(
    r"\s*(?:in\s+)?(?:size|diameter|height|width|length|neck|sleeves?|waist|wide|long|tall|deep|thick|by\s*\d|x\s*\d|[\"”″'’])"
)
# Words that can only mean a limit: what they limit may be unknown, that it is one is not.
_LIMITS = re.compile(r"under|below|over|above|up\s+to|at\s+(?:least|most)|less\s+than|(?:no\s+)?more\s+than")
_CONNECTIVE = re.compile(
    r"\s*[，,、]?\s*(?:且|又|并且?|而且|但是?|同时|却|或者?|and|but|yet|or|while)\s*(?:也|要|需|又|also|at\s+the\s+same\s+time)?\s*"
)
_WHOSE = re.compile(
    r"(?:的?(?:商品|产品|货品?|款式?|东西|店铺?|商家)?(?:都|一律|全部|统统|一概)?(?:不要|除外|不考虑|排除|剔除|去掉|不收|不选|过滤掉?|踢掉|不行|免谈))"
)
_EXCLUDING = re.compile(
    r"(?:(?:不要|排除|剔除|去掉|过滤掉?|不考虑|不收|不选|别要|除去|拒绝|避开|踢掉|不能有|不想要|别给我|不展示|不显示|别放|不放|别上|不收录)(?:掉|那些|所有|任何|一切)?(?:单价|价格|售价|评分|销量|库存|起批量|退货率)?(?:商品|产品)?"
    r"|(?<![a-z])(?:exclud(?:e|ing)|except(?: for)?|without|avoid(?:ing)?|skip(?:ping)?|leave out|leaving out|drop|remove|filter out|no|not|none|nothing|(?:don'?t|do not|never) (?:want|show|include|list|need|use|pick|add)|hide|rule out|ruling out|weed out|cut|reject|but not)"
    r"(?:\s+(?:any|all|anything|everything|items?|products?|goods|things|those|ones|that|which|cost|costs|costing|are|is|with|priced?|prices|a|an|the|of|listings?|rated|ratings?|sellers?|suppliers?))*)\s*$"
)
_EDGE = re.compile(
    r"(?:(最高|最大|最多|最贵|(?<![a-z])(?:max(?:imum)?|highest|top|ceiling)\.?)|(?:最低|最小|最少|(?<![a-z])(?:min(?:imum)?|lowest)\.?))的?\s*$"
)
_ORDER_SIZE = re.compile(r"\s*起?\s*(?:起批|起订|起拍|起售|起卖|起购|批发|可批|可订|也批|就批|批|订)")


@dataclass(frozen=True)
class Bound:
    """A quantity with its measure. `spans`: what was read of the text; `start`, `end` the phrase."""

    quantity: Quantity
    code: str
    bounds: tuple[tuple[str, float], ...]
    spans: tuple[tuple[int, int], ...]
    start: int
    end: int


@dataclass(frozen=True)
class _Cue:
    measure: Measure
    start: int
    end: int
    distance: float
    touches: bool


def bind(text: str, found: Sequence[Quantity], skip: Sequence[tuple[int, int]] = ()) -> list[Bound]:
    """Every quantity whose measure could be told (`UNMEASURED` where no indicator has it), in the order of the text."""
    cuts = [0, *(m.end() for m in _CLAUSE.finditer(text) if not any(q.start <= m.start() < q.end for q in found)), len(text)]
    used: list[tuple[int, int]] = list(skip)
    bound: list[Bound] = []
    for place, quantity in enumerate(found):
        low = max((cut for cut in cuts if cut <= quantity.start), default=0)
        high = min((cut for cut in cuts if cut >= quantity.end), default=len(text))
        if place:
            low = max(low, found[place - 1].end)
        if place + 1 < len(found):
            high = min(high, found[place + 1].start)
        one = _bind(text, quantity, low, high, used, found, place)
        before = bound[-1] if bound and place and bound[-1].quantity is found[place - 1] else None
        if before and (one is None or not _has_cue(one)) and _goes_on(text, before, quantity):
            bounds = _in_measure(quantity, before.code, "")
            one = Bound(quantity, before.code, bounds, ((quantity.start, quantity.end),), quantity.start, quantity.end) if bounds else one
        if one is not None:
            used += one.spans
            bound.append(one)
    return bound


def _has_cue(one: Bound) -> bool:
    return len(one.spans) > 1 or one.code not in ("price", UNMEASURED)


def _goes_on(text: str, before: Bound, quantity: Quantity) -> bool:
    """Whether a quantity goes on with the measure of the one before it: 评分大于4.5且小于4.9, "rated above 4 but below 4.5"."""
    if not (quantity.compared and before.quantity.compared) or quantity.kind not in (before.quantity.kind, "none"):
        return False
    if before.code == UNMEASURED or before.start >= before.quantity.start or (before.code == "rating" and quantity.value > 5):
        return False
    if len(before.bounds) != 1 or len(quantity.bounds) != 1 or before.bounds[0][0][0] == quantity.bounds[0][0][0]:
        return False
    between = text[max(before.end, before.quantity.end) : quantity.start]
    return bool(_CONNECTIVE.fullmatch(between))


def _bind(
    text: str, quantity: Quantity, low: int, high: int, used: Sequence[tuple[int, int]], found: Sequence[Quantity], place: int
) -> Bound | None:
    if quantity.kind == "fold":
        return _folds(text, quantity, low, high)
    cue = _nearest(text, quantity, low, high, used, found, place)
    if cue is None:
        return _uncued(text, quantity, low, high)
    if quantity.kind == "none" and not quantity.compared and not _plainly_said(text, quantity, cue):
        return None
    code, spans = cue.measure.code, [(quantity.start, quantity.end), (cue.start, cue.end)]
    start, end = quantity.start, quantity.end
    if cue.touches or (cue.end <= start and start - cue.end <= 14) or (cue.start >= end and cue.start - end <= 14):
        start, end = min(start, cue.start), max(end, cue.end)
    if code == "rating" and quantity.kind == "none" and quantity.value > 5:
        code = "review_count" if re.match(r"\s*(?:ratings|评价|评分人数)", text[quantity.end :]) else code
    if code == UNMEASURED:
        return Bound(quantity, UNMEASURED, quantity.bounds, ((start, end),), start, end)
    default = cue.measure.default
    if code == "price" and re.search(r"预算|budget|spend", text[cue.start : cue.end]):
        default = "<="
    if not quantity.compared:
        edge = _EDGE.search(text, low, cue.start)
        if edge and code != "moq":
            default = "<=" if edge[1] else ">="
            start = min(start, edge.start())
    bounds = _in_measure(quantity, code, default)
    if not bounds:
        return None
    if code == "moq" and cue.start >= quantity.end and all(op in (">=", ">") for op, _ in bounds):
        bounds = tuple(("<=", value) for _, value in bounds)  # 10件以上起批: from 10 on
    return _turned(text, Bound(quantity, code, bounds, tuple(spans), start, end), low, high)


def _plainly_said(text: str, quantity: Quantity, cue: _Cue) -> bool:
    """Whether a bare number without comparison really belongs to a cue it touches: "MOQ 2", "rating 4.5", no "star one"."""
    if not quantity.said[0].isdigit() and not re.search(r"[\u4e00-\u9fff]", quantity.said):
        return cue.measure.code == "moq"
    return cue.measure.code != "rating" or 1 <= quantity.value <= 5


def _nearest(
    text: str, quantity: Quantity, low: int, high: int, used: Sequence[tuple[int, int]], found: Sequence[Quantity], place: int
) -> _Cue | None:
    cues: list[_Cue] = []
    for measure in MEASURES:
        if quantity.kind not in measure.kinds:
            continue
        far = measure.kinds[quantity.kind]
        for match in measure.words.finditer(text, low, high):
            inside = quantity.start <= match.start() and match.end() <= quantity.end
            if match.end() <= quantity.start:
                gap = GAP_LEFT.fullmatch(text, match.end(), quantity.start)
                distance = 0.0 if gap else float(quantity.start - match.end())
                # A cue that touches the quantity before it belongs to that one: "500+ sold, 4.5 stars".
                if not gap and any(a <= match.start() and match.end() <= b for a, b in used):
                    continue
            elif match.start() >= quantity.end:
                gap = GAP_RIGHT.fullmatch(text, quantity.end, match.start())
                distance = 0.25 if gap else float(match.start() - quantity.end) + 0.5
                following = found[place + 1] if place + 1 < len(found) else None
                # 4.8 评分 500 评价: what touches the next number from the left may be its own.
                if following is not None and GAP_LEFT.fullmatch(text, match.end(), following.start) and not gap:
                    continue
            elif inside:
                gap, distance = re.match("", ""), 0.1
            else:
                continue
            if any(a < match.end() and match.start() < b for a, b in used):
                continue
            if gap or far:
                cues.append(_Cue(measure, *match.span(), distance, bool(gap)))
    # The touching cue, the nearest, the longest; the order of MEASURES settles the rest.
    return min(cues, key=lambda cue: (not cue.touches, cue.distance, cue.start - cue.end), default=None)


def _uncued(text: str, quantity: Quantity, low: int, high: int) -> Bound | None:
    """Money is a price, stars a rating; a bare number with a comparison is a price unless it counts something."""
    spans = ((quantity.start, quantity.end),)
    plain = Bound(quantity, "price", quantity.bounds, spans, quantity.start, quantity.end)
    behind = text[quantity.end : quantity.end + 24]
    if quantity.kind == "stars" and quantity.value <= 5:
        if not quantity.compared and quantity.said.isdigit() and "分" in text[quantity.start : quantity.end]:
            return None
        bounds = _in_measure(quantity, "rating", ">=")
        return _turned(text, Bound(quantity, "rating", bounds, spans, quantity.start, quantity.end), low, high)
    if quantity.kind == "reviews":
        bounds = _in_measure(quantity, "review_count", ">=")
        return _turned(text, Bound(quantity, "review_count", bounds, spans, quantity.start, quantity.end), low, high)
    if quantity.kind == "sold" and quantity.compared:
        bounds = _in_measure(quantity, "sales_30d", ">=")
        return _turned(text, Bound(quantity, "sales_30d", bounds, spans, quantity.start, quantity.end), low, high)
    if quantity.kind == "hours" and len(quantity.bounds) == 1 and quantity.compared and quantity.bounds[0][0][0] == "<":
        return _turned(text, Bound(quantity, "ship_within_hours", quantity.bounds, spans, quantity.start, quantity.end), low, high)
    if quantity.kind == "pieces" and text[quantity.start : quantity.end].endswith("起"):
        return Bound(quantity, "moq", (("<=", quantity.bounds[0][1]),), spans, quantity.start, quantity.end)
    if quantity.kind == "pieces" and _ORDER_SIZE.match(behind):
        end = quantity.end + _ORDER_SIZE.match(behind).end()  # type: ignore[union-attr]  # matched just above
        return Bound(quantity, "moq", (("<=", quantity.bounds[0][1]),), ((quantity.start, end),), quantity.start, end)
    if quantity.kind == "money":
        if quantity.compared:
            return _turned(text, plain, low, high)
        if quantity.said in ("百", "千", "万"):  # 百元女装
            return Bound(quantity, "price", (("<=", quantity.bounds[0][1]),), spans, quantity.start, quantity.end)
        return None
    if quantity.kind == "none" and quantity.compared and _may_be_price(text, quantity, low):
        return _turned(text, plain, low, high)
    if (
        quantity.kind in ("percent", "physical", "hours", "days", "years")
        and quantity.compared
        and not re.match(r"about|around|约|大", text[quantity.start :])
        and not _SIZED_AFTER.match(behind)
    ):
        return Bound(quantity, UNMEASURED, quantity.bounds, spans, quantity.start, quantity.end)
    if quantity.kind == "none" and _LIMITS.match(text[quantity.start : quantity.end]) and not _sized(text, quantity, low):
        return Bound(quantity, UNMEASURED, quantity.bounds, spans, quantity.start, quantity.end)  # never dropped in silence
    return None


def _sized(text: str, quantity: Quantity, low: int) -> bool:
    behind = text[quantity.end : quantity.end + 24]
    return bool(_SIZED.search(text[low : quantity.start]) or _SIZED_AFTER.match(behind))


def _may_be_price(text: str, quantity: Quantity, low: int) -> bool:
    """Whether a number without unit and cue, but with a comparison, can be meant as a price: "mugs under 30"."""
    said, behind = text[quantity.start : quantity.end], text[quantity.end : quantity.end + 24]
    if re.search(r"\+|(?<![a-z])(?:plus|about|around|roughly|approximately|last|past)(?![a-z])|左右|上下|约", said):
        return False
    if len(quantity.bounds) == 2 and not re.match(r"between|from|介于|在", said) and not re.search(r"之间|区间|以内|[千百k]", said):
        return False  # 36-62 alone may be sizes, models, years
    if said.startswith("from") and (len(quantity.bounds) == 1 or quantity.value >= 1900):
        return False
    return not _sized(text, quantity, low) and bool(_PRICE_MAY_END.match(behind))


def _in_measure(quantity: Quantity, code: str, default: str) -> tuple[tuple[str, float], ...]:
    factor = 1.0
    if code == "ship_within_hours" and quantity.kind in ("days", "none"):
        factor = 24.0 if quantity.kind == "days" or quantity.value <= 7 else 1.0
    elif code == "listed_days" and quantity.kind == "years":
        factor = 365.0 if quantity.value >= 1 else 360.0  # half a year is six months of 30 days
    elif code == "merchant_years" and quantity.kind == "days":
        factor = 1 / 360  # twelve months of 30 days
    elif code in ("repurchase_rate", "return_rate") and quantity.kind == "none":
        factor = 1.0 if quantity.value <= 1 else 0.01
    bounds = []
    said = quantity.bounds
    if code == "ship_within_hours" and len(said) == 2:
        said = said[1:]  # 3-5天发货 promises five days
    for op, value in said:
        known = op or default
        if not known:
            return ()
        bounds.append((known, round(value * factor, 6)))
    return tuple(bounds)


def _folds(text: str, quantity: Quantity, low: int, high: int) -> Bound | None:
    """三折 pays 30 %: the discount is at least 70 %."""
    bounds = []
    for op, value in quantity.bounds:
        paid = value / (10 if value < 10 else 100)
        if not 0 < paid < 1:
            return None
        bounds.append((FLIPPED[op or "<="], round(1 - paid, 6)))
    start = quantity.start
    cue = re.search(r"(?:折扣力度|折扣|打|优惠力度)\s*(?:在|为|是|达到?)?\s*$", text[low:start])
    if cue:
        start = low + cue.start()
    return _turned(
        text,
        Bound(quantity, "discount_rate", tuple(sorted(bounds, reverse=True)), ((start, quantity.end),), start, quantity.end),
        low,
        high,
    )


def _turned(text: str, bound: Bound, low: int, high: int) -> Bound:
    """不要100元以上的, "nothing rated below 4": what is excluded asks for the other side."""
    if len(bound.bounds) != 1 or not bound.quantity.compared:
        return bound
    (op, value), end = bound.bounds[0], bound.end
    ahead = _EXCLUDING.search(text, low, bound.start)
    behind = _WHOSE.match(text, bound.end, high)
    if not ahead and not behind:
        return bound
    start = ahead.start() if ahead else bound.start
    end = behind.end() if behind else bound.end
    return Bound(bound.quantity, bound.code, ((COMPLEMENT[op], value),), (*bound.spans, (start, end)), start, end)
