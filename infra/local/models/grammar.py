"""Limits in a sentence: numbers with their units, comparisons, and vague words, zh and en.

Numbers that are names (618, iPhone 15, 100% cotton, a 3-piece set, ages, sizes) are no limits: they are hidden before
anything is read. Rules stand in order, the more specific first; what one has read, no later one reads again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.models.words import HAN, number

_ZH_DIGITS = "零一二两三四五六七八九十百千万"
NUM = rf"(?:\d+(?:,\d+)*(?:\.\d+)?\s*[wW万kK千百]?|[{_ZH_DIGITS}]+)"
_EN_WORD = (
    r"(?:(?:a |one |two |three |four |five |six |seven |eight |nine )?(?:hundred|thousand|dozen)|"
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|eighteen)"
)
EN_NUM = rf"(?:\d+(?:,\d+)*(?:\.\d+)?(?:\s*[kK]\b)?|{_EN_WORD}\b)"
MONEY = r"(?:[¥￥$€£₹]\s*|(?:rs\.?|rmb|inr|usd|cny)\s*)"
YUAN = r"\s*(?:元钱|块钱|元|块|人民币|rmb|cny|yuan|dollars?|usd|bucks|rupees|inr|rs\b|euros?|pounds)"
# What makes a bare number no price.
_NOT_PRICE = (
    r"(?!\s*(?:%|percent|-|stars?\b|pieces?\b|pcs\b|units?\b|sold\b|sales\b|orders?\b|reviews?\b|hours?\b|hrs?\b|h\b|days?\b|"
    r"weeks?\b|months?\b|years?\b|yrs?\b|minutes?\b|venues?\b|pages?\b|themes?\b|products?\b|items?\b|styles?\b|"
    r"k?g\b|lbs?\b|ml\b|l\b|cm\b|mm\b|m\b|inch(?:es)?\b|ft\b|litres?\b|liters?\b|watts?\b|w\b|kids\b|in stock))"
)


@dataclass(frozen=True)
class Limit:
    """One limit: the operator's phrase, verbatim, and what it says. `percentile` instead of `value` for vague words."""

    phrase: str
    start: int
    indicator: str
    op: str
    value: float | bool | str | None = None
    percentile: float | None = None


@dataclass(frozen=True)
class Vague:
    """Words that stand for a threshold."""

    words: tuple[str, ...]
    indicator: str
    op: str
    value: float | bool | None = None
    percentile: float | None = None


# --- numbers that are names -------------------------------------------------------------------------------------------

_NAMES = re.compile(
    r"""
    618 | 双\s*(?:11|12|十一|十二) | (?:double|singles?)[\s-]*1[12] | 11[.·]11 | 12[.·]12 | (?:9[.·]9|6[.·]18|3[.·]8)\s*(?:大促|活动|节)
  | 三八节? | 五一 | 六一 | 十一(?=黄金周|国庆|假期|长假|出游)
  | \b(?:iphone|ipad|galaxy|redmi|xiaomi|huawei|mate|pixel|oneplus|xbox|ps|playstation|windows|usb|type|core|ryzen|rtx|air|pro|model|no\.?)
    [\s-]*\d+\w*
  | 100\s*%\s*(?:cotton|silk|wool|linen|pure|natural|original|leather|organic|bamboo|纯?棉|真丝|羊毛|桑蚕丝|亚麻)
  | (?<!under\ )(?<!below\ )(?<!over\ )(?<!above\ )(?<!than\ )(?<!to\ )(?<!most\ )(?<!least\ )(?<![$₹¥.])(?<!rs\ )(?<!inr\ )(?:19|20)\d\d\s*年?(?=\s*(?:款|新款|春|夏|秋|冬|spring|summer|autumn|fall|winter|new|edition|collection|$))
  | \b(?:2|4|5|8)[kg]\b | \b3d\b | \b\d+\s*(?:mah|gb|tb|ml|cm|mm|kg|v|hz|dpi)\b | \b\d+\s*w(?=\s*(?:快充|充电|灯|超级|charg|fast|bulb|led))
  | (?:\d+|[零一二两三四五六七八九十]+)\s*(?:件套|只装|片装|支装|个装|包装|斤装|寸|英寸|码|号)
  | (?<![\u4e00-\u9fff])(?:一|二|两|三|四|五|六|七|八)件套
  | \b(?:\d+|two|three|four|five|six|seven|eight|ten|twelve)[\s-](?:piece|pack|pc|pcs|in-1|in-one|seater|door|ply|layer|tier)s?\b
  | \b(?:size|us|eu|uk)\s*\d+\b
  | (?:\d+|[零一二两三四五六七八九十]+)\s*(?:-|到|至|~)?\s*(?:\d+|[零一二两三四五六七八九十]+)?\s*(?:岁|周岁|个月大)(?:以上|以下|以内)?
  | \b(?:men|women|people|adults|seniors)\s+(?:over|under|above|below)\s+\d+\b
  | \b(?:ages?|aged|kids|children|boys|girls|babies|toddlers|infants)\s+(?:under|over|above|below|from|up\s+to)?\s*\d+(?:\s*(?:-|to|and)\s*\d+)?(?:\s*(?:years?|months?|up))?
  | \b\d+\s*(?:-|to)\s*\d+\s*(?:years?|months?)[\s-]*olds?\b | \b(?:under|over)\s+\d+\s*(?:years?|yrs?)\b(?![^.]*merchant)
  | \b\d+[\s-]*(?:years?|months?)[\s-]*olds?\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def without_names(sentence: str) -> str:
    """The sentence with numbers that are names blotted out, every other character at its place."""
    return _NAMES.sub(lambda m: "□" * len(m[0]), sentence)


# --- comparisons ------------------------------------------------------------------------------------------------------

_ZH_BEFORE: dict[str, str] = {
    "不超过": "<=", "最多": "<=", "至多": "<=", "不高于": "<=", "不大于": "<=", "控制在": "<=", "≤": "<=", "<=": "<=",
    "至少": ">=", "最少": ">=", "不少于": ">=", "不低于": ">=", "不小于": ">=", "过": ">=", "破": ">=", "达到": ">=", "≥": ">=", ">=": ">=",
    "低于": "<", "不到": "<", "少于": "<", "小于": "<", "不足": "<", "<": "<",
    "高于": ">", "超过": ">", "大于": ">", "多于": ">", "超": ">", ">": ">",
}  # fmt: skip
_ZH_AFTER: dict[str, str] = {
    "以下": "<=", "及以下": "<=", "以内": "<=", "之内": "<=", "内": "<=", "封顶": "<=", "或以下": "<=",
    "以上": ">=", "及以上": ">=", "或以上": ">=", "起": ">=", "起步": ">=", "+": ">=", "＋": ">=", "多": ">=",
}  # fmt: skip
_EN_BEFORE: dict[str, str] = {
    "under": "<", "below": "<", "less than": "<", "cheaper than": "<", "fewer than": "<", "lower than": "<", "beneath": "<", "<": "<",
    "over": ">", "above": ">", "more than": ">", "greater than": ">", "higher than": ">", "exceeding": ">", ">": ">",
    "at most": "<=", "no more than": "<=", "not more than": "<=", "not over": "<=", "up to": "<=", "max": "<=", "max.": "<=",
    "maximum": "<=", "within": "<=", "capped at": "<=", "<=": "<=", "≤": "<=",
    "at least": ">=", "no less than": ">=", "not less than": ">=", "no fewer than": ">=", "min": ">=", "min.": ">=",
    "minimum": ">=", "from": ">=", "starting at": ">=", ">=": ">=", "≥": ">=",
}  # fmt: skip
_EN_AFTER: dict[str, str] = {
    "or less": "<=", "or under": "<=", "or below": "<=", "or fewer": "<=", "and under": "<=", "and below": "<=", "max": "<=", "or lower": "<=",
    "or cheaper": "<=", "or more": ">=", "or above": ">=", "or over": ">=", "and up": ">=", "and above": ">=", "or better": ">=",
    "or higher": ">=", "+": ">=", "plus": ">=",
}  # fmt: skip


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))


B_ZH = rf"({_any(_ZH_BEFORE)})?\s*"
A_ZH = rf"\s*({_any(_ZH_AFTER)})?"
B_EN = rf"(?:(?<![a-z])({_any(_EN_BEFORE)})\s*(?:of\s+|a\s+)?)?"
A_EN = rf"(?:\s*({_any(_EN_AFTER)}))?"
_FLIP = {"<=": ">=", ">=": "<=", "<": ">", ">": "<"}


def _op(before: str | None, after: str | None, default: str) -> str:
    for said, table in ((before, _ZH_BEFORE), (before, _EN_BEFORE), (after, _ZH_AFTER), (after, _EN_AFTER)):
        known = table.get(re.sub(r"\s+", " ", said.strip().lower())) if said else None
        if known:
            return known
    return default


Found = Iterable[tuple[str, str, "float | bool | str"]]
Reader = Callable[[re.Match[str]], Found]
_RULES: list[tuple[re.Pattern[str], Reader]] = []


def _rule(*patterns: str) -> Callable[[Reader], Reader]:
    def register(read: Reader) -> Reader:
        _RULES.extend((re.compile(pattern, re.IGNORECASE), read) for pattern in patterns)
        return read

    return register


def _n(text: str) -> float:
    found = number(re.sub(r"^(?:a|one) (?=hundred|thousand|dozen)", "", text.strip().lower()))
    if found is None:
        raise ValueError(text)
    return found


def _between(code: str, low: str, high: str) -> Found:
    a, b = sorted((_n(low), _n(high)))
    return [(code, ">=", a), (code, "<=", b)]


# --- rules ------------------------------------------------------------------------------------------------------------


@_rule(r"不包邮|不免邮|not? free[\s-]shipping")
def _no_free_shipping(_: re.Match[str]) -> Found:
    return [("free_shipping", "=", False)]


@_rule(
    rf"满\s*{NUM}(?:{YUAN})?\s*(?:包邮|免邮|免运费)",
    rf"free[\s-](?:shipping|delivery)\s+(?:on\s+orders\s+|for\s+orders\s+)?(?:over|above|from)\s+{MONEY}?{EN_NUM}(?:{YUAN})?",
)
def _shipping_from_a_sum(_: re.Match[str]) -> Found:
    return [("free_shipping", "=", True)]


@_rule(
    rf"({NUM})\s*(?:块|元)\s*([\d{_ZH_DIGITS}])\s*(?:包邮|免邮)",
    rf"([{_ZH_DIGITS}\d]+)\s*(?:块|元)\s*([\d一二三四五六七八九])(?:包邮|免邮|以下|以内)",
)
def _price_with_tenth(m: re.Match[str]) -> Found:
    price = _n(m[1]) + _n(m[2]) / 10
    shipping: list[tuple[str, str, float | bool | str]] = [("free_shipping", "=", True)] if "邮" in m[0] else []
    return [("price", "<=", price), *shipping]


@_rule(rf"({NUM})(?:{YUAN})?(?:以内|以下|内)?\s*(?:包邮|免邮|免运费)", rf"{MONEY}({EN_NUM})\s+(?:with\s+)?free[\s-](?:shipping|delivery)")
def _price_and_shipping(m: re.Match[str]) -> Found:
    return [("price", "<=", _n(m[1])), ("free_shipping", "=", True)]


@_rule(
    rf"(?:单价|价格|售价|价位)?(?:在)?\s*{MONEY}?({NUM})(?:{YUAN})?\s*(?:到|至|-|~|～|—|–)\s*{MONEY}?({NUM}){YUAN}(?:之间|区间)?",
    rf"(?:单价|价格|售价|价位)(?:在)?\s*({NUM})\s*(?:到|至|-|~|～|—|–)\s*({NUM})(?:之间|区间)?",
    rf"\b(?:priced? |prices )?(?:between|from)\s+{MONEY}?({EN_NUM})(?:{YUAN})?\s+(?:and|to)\s+{MONEY}?({EN_NUM})(?:{YUAN}|\b){_NOT_PRICE}",
    rf"{MONEY}({EN_NUM})\s*(?:-|–|to)\s*{MONEY}?({EN_NUM})",
    rf"\b({EN_NUM})\s*(?:-|–|to)\s*({EN_NUM}){YUAN}",
)
def _price_span(m: re.Match[str]) -> Found:
    return _between("price", m[1], m[2])


@_rule(
    rf"({NUM}){YUAN}\s*(?:左右|上下)",
    rf"\b(?:around|about|roughly)\s+{MONEY}({EN_NUM})\b",
    rf"\b(?:around|about|roughly)\s+({EN_NUM}){YUAN}",
)
def _price_about(m: re.Match[str]) -> Found:
    return [("price", ">=", round(_n(m[1]) * 0.8, 2)), ("price", "<=", round(_n(m[1]) * 1.2, 2))]


@_rule(rf"{B_ZH}({NUM})\s*折{A_ZH}")
def _discount_zh(m: re.Match[str]) -> Found:
    said = m[2].strip()
    if re.fullmatch(r"[一二三四五六七八九]{2}", said):  # 七五折
        paid = (_n(said[0]) * 10 + _n(said[1])) / 100
    else:
        paid = _n(said) / (10 if _n(said) < 10 else 100)
    if not 0 < paid < 1:
        raise ValueError(said)
    return [("discount_rate", _FLIP[_op(m[1], m[3], "<=")], round(1 - paid, 4))]


@_rule(
    rf"\b{B_EN}({EN_NUM})\s*(?:%|percent){A_EN}\s*(?:off|discounts?|reductions?){A_EN}",
    rf"\bdiscounts?\s+(?:of\s+)?{B_EN}({EN_NUM})\s*(?:%|percent){A_EN}()",
)
def _discount_en(m: re.Match[str]) -> Found:
    return [("discount_rate", _op(m[1], m[3] or m[4], ">="), round(_n(m[2]) / 100, 4))]


@_rule(rf"(?:折扣力度|折扣|降价)\s*{B_ZH}({NUM})\s*%{A_ZH}")
def _discount_share(m: re.Match[str]) -> Found:
    return [("discount_rate", _op(m[1], m[3], ">="), round(_n(m[2]) / 100, 4))]


@_rule(
    rf"(?:销量|卖得|热销)\s*(?:排名|榜)?\s*前\s*({NUM})\s*%()",
    rf"\btop\s+({EN_NUM})\s*(?:%|percent)\s+(?:by|in|of)\s+(sales|rating|sellers)",
)
def _top_share(m: re.Match[str]) -> Found:
    code = "rating" if (m[2] or "").lower() == "rating" else "sales_30d"
    return [(f"percentile:{code}", ">=", 100 - _n(m[1]))]


@_rule(
    rf"{B_ZH}({NUM})\s*(小时|h|天|日)(?:之?内|以内)?\s*(?:就|必|能|可)?(?:发货|发出|出货|出库)",
    rf"(?:发货|出货)(?:时效|时间)?\s*(?:在)?{B_ZH}({NUM})\s*(小时|h|天|日)(?:之?内|以内)?",
)
def _ship_zh(m: re.Match[str]) -> Found:
    return [("ship_within_hours", "<=", _n(m[2]) * (24 if m[3] in "天日" else 1))]


@_rule(r"(当天|当日|次日|隔日|same[\s-]day|next[\s-]day)\s*(?:发货|发出|出货|shipping|dispatch)")
def _ship_soon(m: re.Match[str]) -> Found:
    return [("ship_within_hours", "<=", 24.0 if m[1][0] in "当" or m[1].lower().startswith("same") else 48.0)]


@_rule(
    rf"\b(?:ships?|shipped|shipping|dispatch(?:ed|es|ing)?|delivered|delivery|sent)\s+(?:out\s+)?(?:with)?in\s+({EN_NUM})[\s-]*(hours?|hrs?|h|days?)\b",
    rf"\b({EN_NUM})[\s-]*(hours?|hrs?|h|days?)\s+(?:shipping|dispatch|delivery)\b",
)
def _ship_en(m: re.Match[str]) -> Found:
    return [("ship_within_hours", "<=", _n(m[1]) * (24 if m[2].lower().startswith("d") else 1))]


@_rule(rf"(?:评分|好评分|星级)\s*(?:在)?{B_ZH}(\d(?:\.\d+)?)\s*(?:分|星)?{A_ZH}", rf"{B_ZH}(\d(?:\.\d+)?)\s*(?:分|星)(?:好评|评分)?{A_ZH}")
def _rating_zh(m: re.Match[str]) -> Found:
    return [("rating", _op(m[1], m[3], ">="), float(m[2]))]


@_rule(rf"好评率\s*{B_ZH}({NUM})\s*%{A_ZH}")
def _no_such_rate(_: re.Match[str]) -> Found:
    return [("unmeasured", "=", True)]


@_rule(
    rf"\b(?:rated|ratings?|scores?)\s+(?:of\s+|is\s+)?{B_EN}(\d(?:\.\d+)?)(?!\s*%)\b(?:\s*stars?)?{A_EN}",
    rf"\b{B_EN}(\d(?:\.\d+)?)\s*(?:\+\s*)?[\s-]?stars?\b{A_EN}(?:\s+(?:rating|rated))?",
    rf"\b{B_EN}(\d(?:\.\d+)?)\s*\+?\s+rating\b()",
)
def _rating_en(m: re.Match[str]) -> Found:
    return [("rating", _op(m[1], m[3], ">="), float(m[2]))]


@_rule(rf"(?:评价|评论|评价数)\s*{B_ZH}({NUM})\s*(?:条|个)?{A_ZH}", rf"{B_ZH}({NUM})\s*条?{A_ZH}\s*(?:评价|评论)")
def _reviews_zh(m: re.Match[str]) -> Found:
    return [("review_count", _op(m[1], m[3], ">="), _n(m[2]))]


@_rule(rf"\b{B_EN}({EN_NUM}){A_EN}\s+reviews\b")
def _reviews_en(m: re.Match[str]) -> Found:
    return [("review_count", _op(m[1], m[3], ">="), _n(m[2]))]


@_rule(
    rf"(?:近?30天销量|月销量?|销量|月售|已售|销售)\s*(?:在)?{B_ZH}({NUM})\s*(?:件|单|个)?{A_ZH}(?!\s*%)",
    rf"{B_ZH}({NUM})\s*(?:件|单)?{A_ZH}\s*(?:的)?(?:销量|月销)",
)
def _sales_zh(m: re.Match[str]) -> Found:
    return [("sales_30d", _op(m[1], m[3], ">="), _n(m[2]))]


@_rule(
    rf"\b{B_EN}({EN_NUM}){A_EN}\s*(?:pieces\s+|units\s+)?(?:sold|sales|orders)(?:\s+(?:in|per|a|this|last)\s+(?:the last\s+)?(?:30 days|month))?",
    rf"\b(?:monthly\s+)?sales\s+(?:of\s+)?{B_EN}({EN_NUM}){A_EN}",
    rf"\b(?:sold|selling)\s+{B_EN}({EN_NUM}){A_EN}",
)
def _sales_en(m: re.Match[str]) -> Found:
    return [("sales_30d", _op(m[1], m[3], ">="), _n(m[2]))]


@_rule(rf"(?:近?7天)?销量(?:增长|增幅|上涨|涨)\s*{B_ZH}({NUM})\s*%{A_ZH}")
def _growth_zh(m: re.Match[str]) -> Found:
    return [("sales_growth_7d", _op(m[1], m[3], ">="), round(_n(m[2]) / 100, 4))]


@_rule(rf"\bsales\s+(?:up|growing|growth)\s+(?:of\s+)?{B_EN}({EN_NUM})\s*%{A_EN}")
def _growth_en(m: re.Match[str]) -> Found:
    return [("sales_growth_7d", _op(m[1], m[3], ">="), round(_n(m[2]) / 100, 4))]


@_rule(
    rf"(?:起批量|起订量|最小起订量?|起批|MOQ)\s*(?:在)?{B_ZH}({NUM})\s*(?:件|个|双|套|条|只)?{A_ZH}",
    rf"()({NUM})\s*(?:件|个|双|套|条|只)\s*起?(?:批|订|批发)()",
)
def _moq_zh(m: re.Match[str]) -> Found:
    return [("moq", _op(m[1], m[3] if m[3] in (None, "") or m[3].endswith(("下", "内", "上", "+")) else None, "<="), _n(m[2]))]


@_rule(rf"\b(?:moq|minimum\s+orders?(?:\s+quantity)?)\s*(?:of|:|is|=)?\s*{B_EN}({EN_NUM}){A_EN}(?:\s*(?:pieces|pcs|units))?")
def _moq_en(m: re.Match[str]) -> Found:
    return [("moq", _op(m[1], m[3], "<="), _n(m[2]))]


@_rule(rf"(?:库存|现货)\s*(?:在)?{B_ZH}({NUM})\s*件?{A_ZH}")
def _stock_zh(m: re.Match[str]) -> Found:
    return [("stock", _op(m[1], m[3], ">="), _n(m[2]))]


@_rule(
    rf"\b{B_EN}({EN_NUM}){A_EN}\s+(?:pieces\s+|units\s+|pcs\s+)?in[\s-]stock\b",
    rf"\bstock\s+(?:of\s+|is\s+)?{B_EN}({EN_NUM}){A_EN}(?:\s*(?:pieces|pcs|units))?",
)
def _stock_en(m: re.Match[str]) -> Found:
    return [("stock", _op(m[1], m[3], ">="), _n(m[2]))]


@_rule(rf"(复购率|回头率|退货率|退款率)\s*(?:在)?{B_ZH}({NUM})\s*%{A_ZH}")
def _rates_zh(m: re.Match[str]) -> Found:
    code, default = ("repurchase_rate", ">=") if m[1] in ("复购率", "回头率") else ("return_rate", "<=")
    return [(code, _op(m[2], m[4], default), round(_n(m[3]) / 100, 4))]


@_rule(rf"\b(repurchase|reorder|return|refund)[\s-]rates?\s+(?:of\s+|is\s+)?{B_EN}({EN_NUM})\s*(?:%|percent){A_EN}")
def _rates_en(m: re.Match[str]) -> Found:
    code, default = ("repurchase_rate", ">=") if m[1].lower().startswith(("repur", "reord")) else ("return_rate", "<=")
    return [(code, _op(m[2], m[4], default), round(_n(m[3]) / 100, 4))]


@_rule(
    rf"(?:上架|上新)\s*(?:时间)?\s*(?:在)?(?:不到|不超过)?\s*({NUM})\s*(天|周|个?月)(?:之?内|以内)?",
    rf"(?:近|最近)\s*({NUM})\s*(天|周|个?月)(?:内)?\s*(?:新?上架|上新)",
)
def _listed_zh(m: re.Match[str]) -> Found:
    return [("listed_days", "<=", _n(m[1]) * {"天": 1, "周": 7}.get(m[2], 30))]


@_rule(rf"\b(?:listed|added|launched)\s+(?:with)?in\s+(?:the\s+(?:last|past)\s+)?({EN_NUM})\s*(days?|weeks?|months?)\b")
def _listed_en(m: re.Match[str]) -> Found:
    return [("listed_days", "<=", _n(m[1]) * {"d": 1, "w": 7, "m": 30}[m[2][0].lower()])]


@_rule(
    rf"(?:经营|开店)\s*{B_ZH}({NUM})\s*年{A_ZH}(?:的?(?:老店|商家|店铺|工厂|厂家))?",
    rf"()({NUM})\s*年(以上)?(?:的)?(?:老店|商家|店铺|老厂)",
)
def _years_zh(m: re.Match[str]) -> Found:
    return [("merchant_years", _op(m[1], m[3], ">="), _n(m[2]))]


@_rule(rf"\b(?:merchants?|suppliers?|sellers?|factor(?:y|ies))\s+(?:with|of)\s+{B_EN}({EN_NUM}){A_EN}\s+years")
def _years_en(m: re.Match[str]) -> Found:
    return [("merchant_years", _op(m[1], m[3], ">="), _n(m[2]))]


@_rule(
    rf"(?:单价|价格|售价|零售价|批发价)?(?:在)?{B_ZH}{MONEY}?({NUM}){YUAN}{A_ZH}",
    rf"(?:单价|价格|售价|价位|批发价)(?:在)?\s*{B_ZH}{MONEY}?({NUM}){A_ZH}",
    rf"{B_ZH}[¥￥]\s*({NUM}){A_ZH}",
)
def _price_zh(m: re.Match[str]) -> Found:
    op = _op(m[1], m[3], "<=" if re.fullmatch(r"[百千]", m[2]) else "")
    return [("price", op, _n(m[2]))] if op else []


@_rule(rf"()(?<![\d.{_ZH_DIGITS}])({NUM})(以下|以内|之内)(?!\s*[%\d])")
def _bare_zh(m: re.Match[str]) -> Found:
    return [("price", "<=", _n(m[2]))]


@_rule(
    rf"\b(?:priced?\s+|prices?\s+|costing\s+)?({_any(w for w in _EN_BEFORE if w[0].isalpha() and w not in ('from', 'within'))})\s+"
    rf"{MONEY}?({EN_NUM})(?:{YUAN})?{_NOT_PRICE}()(?:\s+each|\s+per piece)?",
    rf"(?:(?<![a-z])(?:priced?\s+)?(from)\s+){MONEY}({EN_NUM}){A_EN}",
    rf"\b(?:priced?|prices?|cost(?:ing)?)\s*({_any(_EN_BEFORE)})\s*{MONEY}?({EN_NUM})(?:{YUAN})?{A_EN}",
    rf"(){MONEY}({EN_NUM})\s+(or less|or under|or below|and under|and below|or cheaper|or more|or above|and up|max)",
    rf"()\b({EN_NUM}){YUAN}\s+(or less|or under|or below|and under|and below|or cheaper|or more|or above|and up|max)",
)
def _price_en(m: re.Match[str]) -> Found:
    return [("price", _op(m[1], m[3], "<="), _n(m[2]))]


FLAGS: dict[str, tuple[str, ...]] = {
    "free_shipping": ("包邮", "免邮", "免运费", "free shipping", "free-shipping", "free delivery", "postage free", "ships free"),
    "factory_verified": (
        "源头工厂直供", "源头厂家直供", "源头工厂直销", "源头工厂", "源头厂家", "工厂直供", "工厂直销", "厂家直销", "厂家直供", "实力工厂", "认证工厂", "factory direct", "factory-direct",
        "direct from factory", "direct from the factory", "verified factory", "verified factories", "source factory", "source factories",
    ),
    "dropshipping": ("一件代发", "支持代发", "可代发", "代发", "dropshipping", "drop shipping", "drop-shipping", "dropship"),
    "sample_available": ("可拿样", "支持拿样", "免费拿样", "拿样", "有样品", "samples available", "sample available", "free samples", "free sample"),
    "customizable": (
        "可定制", "支持定制", "来图定制", "来图定做", "可定做", "贴牌", "定制", "customizable", "customisable", "custom made", "custom-made",
        "made to order", "made-to-order", "private label",
    ),
    "cross_border": ("跨境专供", "跨境货源", "跨境", "cross-border", "cross border"),
}  # fmt: skip

# Used where no list of vague words was sent (the brief); the rules use the list they are given.
VAGUE: tuple[Vague, ...] = (
    Vague(("低价", "便宜", "平价", "实惠", "特价", "白菜价", "低至白菜价", "low-price", "low price", "low-priced", "low priced", "cheap", "cheapest",
           "inexpensive", "affordable", "budget", "bargain"), "price", "<=", percentile=30),
    Vague(("高端", "高档", "奢华", "轻奢", "高客单", "premium", "high-end", "high end", "luxury", "upscale"), "price", ">=", percentile=80),
    Vague(("爆款", "热销", "热卖", "畅销", "销量高", "高销量", "best-selling", "best selling", "bestselling", "bestseller", "bestsellers",
           "best sellers", "best-sellers", "hot-selling", "hot selling", "top-selling", "top selling"), "sales_30d", ">=", percentile=80),
    Vague(("高复购", "复购率高", "复购高", "回头客多", "high repurchase", "often reordered", "high reorder"), "repurchase_rate", ">=", percentile=80),
    Vague(("好评", "高评分", "评分高", "口碑好", "高分", "highly rated", "highly-rated", "top-rated", "top rated", "well reviewed",
           "well-reviewed", "good reviews"), "rating", ">=", value=4.7),
    Vague(("新品", "上新", "新款", "新上架", "new arrivals", "new arrival", "newly listed", "new products", "just in", "new-in"),
          "listed_days", "<=", value=30),
    Vague(("现货", "有货", "in stock", "in-stock", "ready stock", "available now"), "stock", ">=", value=1),
    Vague(("小批量", "起批量低", "低起批", "低起订量", "一件起批", "low moq", "low-moq", "small batch", "small-batch", "small orders"), "moq", "<=", value=2),
    Vague(("快速发货", "发货快", "极速发货", "闪电发货", "fast shipping", "fast-shipping", "ships fast", "quick dispatch", "quick shipping"),
          "ship_within_hours", "<=", value=48),
    Vague(("大折扣", "大幅折扣", "折扣力度大", "半价", "deep discount", "deep discounts", "deeply discounted", "heavily discounted",
           "half price", "half-price"), "discount_rate", ">=", value=0.5),
)  # fmt: skip
_UNMEASURED = re.compile(
    r"[七7]天无理由(?:退货|退换)?|无理由退换?货?|满\s*\d+\s*减\s*\d+|买[一二三\d]送[一二三\d]|满减|满赠|秒杀|拼团|优惠券|运费险|顺丰(?:包邮)?|次日达|当日达|货到付款|分期|免息|"
    r"送货上门|上门安装|直播(?:间|带货)?|短视频|明星同款|网红同款|主播推荐|直播同款|环保认证|有机认证|好评率\s*(?:高于|超过|不低于)?\s*\d+\s*%(?:以上)?|正品保证|假一赔[一二三四五六七八九十\d]+|"
    r"(?:7|seven)[\s-]days? returns?|free returns?|easy returns?|buy \w+ get \w+(?: free)?|coupons?|cash on delivery|inter?est[\s-]free|"
    r"instal?lments?|carbon[\s-]neutral|eco[\s-]certified|organic[\s-]certified|certified organic|vegan|fair[\s-]trade|gift[\s-]wrapp(?:ed|ing)|"
    r"celebrity[\s-]endorsed|influencer[\s-]\w+|next[\s-]day delivery|same[\s-]day delivery|made in (?:the )?(?:usa|italy|japan|germany|china|india|korea)",
    re.IGNORECASE,
)


def limits(sentence: str, vague: Sequence[Vague] = VAGUE) -> list[Limit]:
    """Every limit of the sentence, in its order. Phrases are verbatim."""
    text = without_names(sentence)
    taken: list[tuple[int, int]] = []
    found: list[Limit] = []

    def free(start: int, end: int) -> bool:
        return all(end <= a or start >= b for a, b in taken)

    for pattern, read in _RULES:
        for m in pattern.finditer(text):
            start, end = _trimmed(text, *m.span())
            if start >= end or not free(start, end):
                continue
            try:
                conditions = list(read(m))
            except ValueError:
                continue  # what looked like a number is none
            if not conditions:
                continue
            taken.append((start, end))
            for code, op, value in conditions:
                if code.startswith("percentile:"):
                    found.append(Limit(sentence[start:end], start, code.partition(":")[2], op, percentile=float(value)))
                elif code != "unmeasured":
                    found.append(Limit(sentence[start:end], start, code, op, value))
    for code, words in FLAGS.items():
        for start, end in _places(text, words):
            if free(start, end):
                taken.append((start, end))
                found.append(Limit(sentence[start:end], start, code, "=", True))
    for one in vague:
        for start, end in _places(text, one.words):
            if free(start, end):
                taken.append((start, end))
                found.append(Limit(sentence[start:end], start, one.indicator, one.op, one.value, one.percentile))
    return sorted(found, key=lambda limit: limit.start)


def unmeasured(sentence: str) -> list[str]:
    """Wishes that no indicator measures, verbatim."""
    return list(dict.fromkeys(m[0].strip() for m in _UNMEASURED.finditer(sentence)))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _places(text: str, words: Sequence[str]) -> Iterable[tuple[int, int]]:
    """Where one of the words stands, the longest first; English ones as whole words."""
    for word in sorted(words, key=len, reverse=True):
        if HAN.search(word):
            pattern = re.escape(word)
        else:
            pattern = rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])".replace(r"\ ", r"[\s-]+")
        for m in re.finditer(pattern, text, re.IGNORECASE):
            yield m.span()


def as_conditions(found: Sequence[Limit], known: set[str]) -> list[dict[str, Any]]:
    """RuleAnswerCondition dictionaries, only with indicators that were offered."""
    return [
        {"indicator": x.indicator, "op": x.op, "value": x.value, "percentile": x.percentile, "because": x.phrase[:100]}
        for x in found
        if x.indicator in known
    ]
