"""Limits in a sentence: numbers with their units, comparisons, and vague words, zh and en. Numbers that are names are no limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from infra.local.models.words import HAN, number

NUM = r"(?:\d[\d,]*(?:\.\d+)?\s*[wW万kK千百]?|[零一二两三四五六七八九十百千万]+)"
EN_NUM = r"(?:\d[\d,]*(?:\.\d+)?\s*[kK]?|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
MONEY = r"(?:[¥￥$€£₹]\s*|(?:rs\.?|rmb|inr|usd)\s*)"
YUAN = r"\s*(?:元钱?|块钱?|人民币|rmb|yuan|dollars?|usd|rupees|rs)"


@dataclass(frozen=True)
class Limit:
    """One limit: the operator's phrase, verbatim, and what it says. `percentile` instead of `value` for vague words."""

    phrase: str
    start: int
    indicator: str
    op: str
    value: float | bool | str | None = None
    percentile: float | None = None


_UP = "以上|及以上|起|起步"
_UNDER = r"以下|以内|之内|内|及以下"
_AT_MOST_ZH = "不超过|最多|至多|不高于"
_AT_LEAST_ZH = "至少|最少|不少于|不低于"
_STRICT_LESS_ZH = "低于|不到|少于|小于"
_STRICT_MORE_ZH = "高于|超过|大于|多于"


def _compare_zh(before: str, after: str, default: str) -> str:
    if before in _AT_MOST_ZH.split("|"):
        return "<="
    if before in _AT_LEAST_ZH.split("|"):
        return ">="
    if before in _STRICT_LESS_ZH.split("|"):
        return "<"
    if before in _STRICT_MORE_ZH.split("|"):
        return ">"
    if after in _UNDER.split("|"):
        return "<="
    if after in _UP.split("|") or after == "+":
        return ">="
    return default


def _compare_en(before: str, after: str, default: str) -> str:
    before, after = before.lower().strip(), after.lower().strip()
    if before in ("under", "below", "less than", "cheaper than", "fewer than", "within less than"):
        return "<"
    if before in ("over", "above", "more than", "greater than"):
        return ">"
    if before in ("at most", "no more than", "not more than", "up to", "max", "maximum", "within", "max."):
        return "<="
    if before in ("at least", "no less than", "not less than", "min", "minimum", "from"):
        return ">="
    if after in ("or less", "or under", "or below", "or fewer", "max", "at most"):
        return "<="
    if after in ("or more", "or above", "and up", "and above", "+", "or over", "plus"):
        return ">="
    return default


_BEFORE_ZH = f"({_AT_MOST_ZH}|{_AT_LEAST_ZH}|{_STRICT_LESS_ZH}|{_STRICT_MORE_ZH})?"
_AFTER_ZH = rf"({_UP}|{_UNDER}|\+)?"
_BEFORE_EN = (
    r"(under|below|less than|cheaper than|fewer than|over|above|more than|greater than|at most|no more than|not more than|up to|"
    r"max\.?|maximum|within|at least|no less than|not less than|min\.?|minimum|from)?\s*(?:of\s+)?"
)
_AFTER_EN = r"\s*(or less|or under|or below|or fewer|or more|or above|or over|and up|and above|\+|plus)?"

Found = Iterable[tuple[str, str, "float | bool | str"]]
_RULES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Found]]] = []


def _rule(pattern: str) -> Callable[[Callable[[re.Match[str]], Found]], Callable[[re.Match[str]], Found]]:
    def register(read: Callable[[re.Match[str]], Found]) -> Callable[[re.Match[str]], Found]:
        _RULES.append((re.compile(pattern, re.IGNORECASE), read))
        return read

    return register


def _n(text: str) -> float:
    found = number(text)
    if found is None:
        raise ValueError(text)
    return found


# More specific rules come first: what one has read, no later one reads again.


@_rule(rf"({NUM})(?:{YUAN})?\s*包邮")
def _price_and_shipping(m: re.Match[str]) -> Found:
    return [("price", "<=", _n(m[1])), ("free_shipping", "=", True)]


@_rule(rf"({NUM})(?:{YUAN})?\s*(?:到|至|-|~|～|—)\s*({NUM}){YUAN}")
def _price_span_zh(m: re.Match[str]) -> Found:
    return [("price", ">=", _n(m[1])), ("price", "<=", _n(m[2]))]


@_rule(rf"\b(?:priced? )?between\s+{MONEY}?({EN_NUM})\s+(?:and|to)\s+{MONEY}?({EN_NUM})(?:{YUAN})?\b")
def _price_span_en(m: re.Match[str]) -> Found:
    return [("price", ">=", _n(m[1])), ("price", "<=", _n(m[2]))]


@_rule(rf"{_BEFORE_ZH}({NUM})\s*折{_AFTER_ZH}")
def _discount_zh(m: re.Match[str]) -> Found:
    said = m[2].strip()
    digits = re.fullmatch(r"[一二三四五六七八九]{2}", said)
    paid = (_n(said[0]) * 10 + _n(said[1])) / 100 if digits else _n(said) / (10 if _n(said) < 10 else 100)
    op = _compare_zh(m[1] or "", m[3] or "", "<=")
    flipped = {"<=": ">=", ">=": "<=", "<": ">", ">": "<"}[op]
    return [("discount_rate", flipped, round(1 - paid, 4))]


@_rule(rf"{_BEFORE_EN}({EN_NUM})\s*%\s*(?:\+\s*)?(?:off|discount){_AFTER_EN}")
def _discount_en(m: re.Match[str]) -> Found:
    return [("discount_rate", _compare_en(m[1] or "", m[3] or "", ">="), round(_n(m[2]) / 100, 4))]


@_rule(rf"({NUM})\s*(小时|h|天|日)(?:之?内)?\s*(?:就?能?)?(?:发货|发出|出货)|(当天|次日)发货")
def _ship_zh(m: re.Match[str]) -> Found:
    if m[3]:
        return [("ship_within_hours", "<=", 24.0 if m[3] == "当天" else 48.0)]
    return [("ship_within_hours", "<=", _n(m[1]) * (24 if m[2] in "天日" else 1))]


@_rule(
    rf"\b(?:ships?|shipped|shipping|dispatch(?:ed|es)?|delivery)\s+(?:with)?in\s+({EN_NUM})[\s-]*(hours?|h|days?)\b|\b({EN_NUM})[\s-]*(hours?|h|days?)\s+(?:shipping|dispatch)\b"
)
def _ship_en(m: re.Match[str]) -> Found:
    amount, unit = (m[1], m[2]) if m[1] else (m[3], m[4])
    return [("ship_within_hours", "<=", _n(amount) * (24 if unit.lower().startswith("d") else 1))]


@_rule(
    rf"(?:评分|好评分|星级)\s*{_BEFORE_ZH}\s*(\d(?:\.\d)?)\s*(?:分|星)?{_AFTER_ZH}|(\d(?:\.\d)?)\s*(?:分|星){_AFTER_ZH}"
)
def _rating_zh(m: re.Match[str]) -> Found:
    if m[2]:
        return [("rating", _compare_zh(m[1] or "", m[3] or "", ">="), float(m[2]))]
    return [("rating", _compare_zh("", m[5] or "", ">="), float(m[4]))]


@_rule(
    rf"\b{_BEFORE_EN}(?:rating\s+(?:of\s+)?)?(\d(?:\.\d)?)[\s-]*stars?{_AFTER_EN}|\brat(?:ed|ing)\s+{_BEFORE_EN}(\d(?:\.\d)?)\b"
)
def _rating_en(m: re.Match[str]) -> Found:
    if m[2]:
        return [("rating", _compare_en(m[1] or "", m[3] or "", ">="), float(m[2]))]
    return [("rating", _compare_en(m[4] or "", "", ">="), float(m[5]))]


@_rule(
    rf"(?:月销量?|30天销量|近30天销量|销量)\s*{_BEFORE_ZH}\s*({NUM})\s*(?:件|单)?{_AFTER_ZH}|({NUM})\s*(?:件|单)?{_AFTER_ZH}销量"
)
def _sales_zh(m: re.Match[str]) -> Found:
    if m[2]:
        return [("sales_30d", _compare_zh(m[1] or "", m[3] or "", ">="), _n(m[2]))]
    return [("sales_30d", _compare_zh("", m[5] or "", ">="), _n(m[4]))]


@_rule(rf"\b{_BEFORE_EN}({EN_NUM})\+?\s*(?:sold|sales|orders)(?:\s+(?:in|per|a)\s+(?:the last\s+)?(?:30 days|month))?")
def _sales_en(m: re.Match[str]) -> Found:
    return [("sales_30d", _compare_en(m[1] or "", "", ">="), _n(m[2]))]


@_rule(
    rf"({NUM})\s*(?:件|个|双|套|条|只)\s*起(?:批|订)|(?:起批量|起订量|最小起订量?)\s*{_BEFORE_ZH}\s*({NUM})\s*(?:件|个)?{_AFTER_ZH}"
)
def _moq_zh(m: re.Match[str]) -> Found:
    if m[1]:
        return [("moq", "<=", _n(m[1]))]
    return [("moq", _compare_zh(m[2] or "", m[4] or "", "<="), _n(m[3]))]


@_rule(rf"\b(?:moq|minimum order(?: quantity)?)\s*(?:of\s+|:?\s*){_BEFORE_EN}({EN_NUM}){_AFTER_EN}")
def _moq_en(m: re.Match[str]) -> Found:
    return [("moq", _compare_en(m[1] or "", m[3] or "", "<="), _n(m[2]))]


@_rule(rf"库存\s*{_BEFORE_ZH}\s*({NUM})\s*件?{_AFTER_ZH}")
def _stock_zh(m: re.Match[str]) -> Found:
    return [("stock", _compare_zh(m[1] or "", m[3] or "", ">="), _n(m[2]))]


@_rule(rf"\b{_BEFORE_EN}({EN_NUM})\+?\s+(?:pieces\s+|units\s+)?in stock\b|\bstock\s+(?:of\s+)?{_BEFORE_EN}({EN_NUM})\b")
def _stock_en(m: re.Match[str]) -> Found:
    before, amount = (m[1], m[2]) if m[2] else (m[3], m[4])
    return [("stock", _compare_en(before or "", "", ">="), _n(amount))]


@_rule(rf"(?:复购率)\s*{_BEFORE_ZH}\s*({NUM})\s*%{_AFTER_ZH}")
def _repurchase_zh(m: re.Match[str]) -> Found:
    return [("repurchase_rate", _compare_zh(m[1] or "", m[3] or "", ">="), _n(m[2]) / 100)]


@_rule(rf"(?:退货率|退款率)\s*{_BEFORE_ZH}\s*({NUM})\s*%{_AFTER_ZH}")
def _returns_zh(m: re.Match[str]) -> Found:
    return [("return_rate", _compare_zh(m[1] or "", m[3] or "", "<="), _n(m[2]) / 100)]


@_rule(rf"\b(repurchase|return) rate\s+(?:of\s+)?{_BEFORE_EN}({EN_NUM})\s*%")
def _rates_en(m: re.Match[str]) -> Found:
    code, default = ("repurchase_rate", ">=") if m[1].lower() == "repurchase" else ("return_rate", "<=")
    return [(code, _compare_en(m[2] or "", "", default), _n(m[3]) / 100)]


@_rule(rf"(?:上架|上新)\s*({NUM})\s*(天|个?月)(?:之?内)?|(?:近|最近)({NUM})\s*(天|个?月)(?:内)?(?:上架|上新)的?")
def _listed_zh(m: re.Match[str]) -> Found:
    amount, unit = (m[1], m[2]) if m[1] else (m[3], m[4])
    return [("listed_days", "<=", _n(amount) * (1 if unit == "天" else 30))]


@_rule(rf"\blisted (?:with)?in (?:the last )?({EN_NUM})\s*(days?|months?)\b")
def _listed_en(m: re.Match[str]) -> Found:
    return [("listed_days", "<=", _n(m[1]) * (30 if m[2].startswith("m") else 1))]


@_rule(rf"({NUM})\s*年以上(?:的)?(?:老店|商家|店铺|工厂)?")
def _years_zh(m: re.Match[str]) -> Found:
    return [("merchant_years", ">=", _n(m[1]))]


@_rule(
    rf"{_BEFORE_ZH}({NUM}){YUAN}{_AFTER_ZH}|({NUM}){YUAN}({_UNDER}|{_UP})|(?:单价|价格|售价)\s*{_BEFORE_ZH}\s*({NUM}){_AFTER_ZH}"
)
def _price_zh(m: re.Match[str]) -> Found:
    if m[2]:
        op = _compare_zh(m[1] or "", m[3] or "", "")
        return [("price", op, _n(m[2]))] if op else []
    if m[4]:
        return [("price", _compare_zh("", m[5], "<="), _n(m[4]))]
    op = _compare_zh(m[6] or "", m[8] or "", "")
    return [("price", op, _n(m[7]))] if op else []


@_rule(
    r"\b(?:priced?\s+)?(under|below|less than|cheaper than|over|above|more than|at most|no more than|not more than|up to|at least|no less than|from)\s+"
    rf"{MONEY}?(\d[\d,]*(?:\.\d+)?)(?:{YUAN})?(?!\s*(?:%|stars?|pieces|units|sold|hours?|days?|venues|pages|-\s*(?:piece|pack)))\b(?:\s+each)?"
)
def _price_en(m: re.Match[str]) -> Found:
    return [("price", _compare_en(m[1], "", "<="), _n(m[2]))]


@_rule(rf"{MONEY}(\d[\d,]*(?:\.\d+)?)\s*(or less|or under|or below|and under|or more|and up)")
def _price_after_en(m: re.Match[str]) -> Found:
    return [("price", "<=" if m[2].lower() in ("or less", "or under", "or below", "and under") else ">=", _n(m[1]))]


_FLAGS = {
    "free_shipping": r"包邮|免邮|免运费|free[\s-]shipping|free delivery|postage free",
    "factory_verified": r"源头工厂|工厂直供|工厂直销|厂家直销|实力工厂|factory[\s-]direct|verified factor(?:y|ies)|source factor(?:y|ies)",
    "dropshipping": r"一件代发|支持代发|代发|drop[\s-]?shipping|drop[\s-]?ship",
    "sample_available": r"可拿样|支持拿样|拿样|有样品|samples? available|free samples?",
    "customizable": r"可定制|支持定制|定制|来图定做|customi[sz]able|custom[\s-]made|made to order",
    "cross_border": r"跨境(?:专供|货源|包裹)?|cross[\s-]border",
}
_VAGUE: list[tuple[str, str, str, float | None, float | None]] = [
    (
        r"低价|便宜|平价|实惠|特价|白菜价|low[\s-]priced?|cheap(?:est)?|inexpensive|affordable|budget",
        "price",
        "<=",
        None,
        30,
    ),
    (r"高端|高档|奢华|轻奢|premium|high[\s-]end|luxury|upscale", "price", ">=", None, 80),
    (
        r"爆款|热销|热卖|畅销|best[\s-]?selling|best[\s-]?sellers?|hot[\s-]selling|top[\s-]selling",
        "sales_30d",
        ">=",
        None,
        80,
    ),
    (r"高复购|复购率高|回头客多|high repurchase|often reordered", "repurchase_rate", ">=", None, 80),
    (r"高?好评|高评分|口碑好|highly[\s-]rated|top[\s-]rated|well[\s-]reviewed", "rating", ">=", 4.7, None),
    (r"新品|上新|新款|new arrivals?|newly listed|just in", "listed_days", "<=", 30, None),
    (r"现货|有货|in[\s-]stock|ready stock", "stock", ">=", 1, None),
    (r"小批量|低起订量|起批量低|低起批|一件起批|low[\s-]moq|small[\s-]batch|small orders", "moq", "<=", 2, None),
    (
        r"快速发货|发货快|极速发货|fast[\s-]shipping|quick (?:shipping|dispatch)|ships fast",
        "ship_within_hours",
        "<=",
        48,
        None,
    ),
    (
        r"大幅?折扣|折扣力度大|半价|deep(?:ly)? discount(?:s|ed)?|half[\s-]price|heavily discounted",
        "discount_rate",
        ">=",
        0.5,
        None,
    ),
]
_UNMEASURED = re.compile(
    r"直播|短视频|网红|明星同款|环保认证|有机认证|货到付款|分期|免息|送货上门|上门安装|live[\s-]?stream(?:ing|ed)?|influencer|celebrity|"
    r"cash on delivery|instal?lments?|carbon[\s-]neutral|eco[\s-]certified|vegan|hand[\s-]delivered|gift[\s-]wrapp(?:ed|ing)",
    re.IGNORECASE,
)


def limits(sentence: str) -> list[Limit]:
    """Every limit of the sentence, in its order. Phrases are verbatim."""
    taken: list[tuple[int, int]] = []
    found: list[Limit] = []

    def free(m: re.Match[str]) -> bool:
        return all(m.end() <= start or m.start() >= end for start, end in taken)

    def phrase(m: re.Match[str]) -> tuple[str, int]:
        text = m.group(0)
        return text.strip(), m.start() + len(text) - len(text.lstrip())

    for pattern, read in _RULES:
        for m in pattern.finditer(sentence):
            if not free(m) or not m.group(0).strip():
                continue
            try:
                conditions = list(read(m))
            except ValueError:
                continue
            if conditions:
                taken.append(m.span())
                words, start = phrase(m)
                found += [Limit(words, start, code, op, value) for code, op, value in conditions]
    for code, flag in _FLAGS.items():
        for m in re.finditer(flag, sentence, re.IGNORECASE):
            if free(m):
                taken.append(m.span())
                found.append(Limit(*phrase(m), code, "=", True))
    for vague, code, op, value, percentile in _VAGUE:
        for m in re.finditer(
            rf"(?<![A-Za-z])(?:{vague})(?![A-Za-z])" if not HAN.search(vague) else vague, sentence, re.IGNORECASE
        ):
            if free(m):
                taken.append(m.span())
                found.append(Limit(*phrase(m), code, op, value, percentile))
    return sorted(found, key=lambda limit: limit.start)


def unmeasured(sentence: str) -> list[str]:
    """Wishes that no indicator measures."""
    return list(dict.fromkeys(m.group(0) for m in _UNMEASURED.finditer(sentence)))


def as_conditions(found: list[Limit], known: set[str]) -> list[dict[str, Any]]:
    """RuleAnswerCondition dictionaries, only with indicators that were offered."""
    return [
        {"indicator": x.indicator, "op": x.op, "value": x.value, "percentile": x.percentile, "because": x.phrase[:100]}
        for x in found
        if x.indicator in known
    ]
