"""Words that say which side of a number is wanted. Inclusive: 以上 以下 以内 N+ 至少 不超过, "at least", "no more than"; strict: 超过 不到 低于, "under", "over"."""

from __future__ import annotations

import re

from infra.local.models.grammar.text import alternatives

FLIPPED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<"}
COMPLEMENT = {"<=": ">", ">=": "<", "<": ">=", ">": "<="}

_ZH_MORE = ("超过", "超出", "超", "高于", "高过", "大于", "多于", "多过", "大过", "突破", "破", "过", "早于", "晚于", "长于")
_ZH_LESS = ("低于", "少于", "小于", "低过", "少过", "短于", "不到", "不足", "不满", "未满", "未到", "没到", "快于")
_ZH_NO = ("不", "不要", "不得", "不能", "不可", "不会", "不应", "不宜", "别", "勿", "不许", "没", "没有", "未", "不要求")
_BEFORE: dict[str, str] = {
    **dict.fromkeys(_ZH_MORE, ">"),
    **dict.fromkeys(_ZH_LESS, "<"),
    **{no + word: "<=" for no in _ZH_NO for word in ("超过", "超出", "超", "高于", "高过", "大于", "多于", "多过", "大过", "过", "长于", "晚于")},
    **{no + word: ">=" for no in _ZH_NO for word in ("低于", "少于", "小于", "低过", "少过", "短于")},
    **dict.fromkeys(
        ("最多", "至多", "最高", "顶多", "控制在", "限制在", "上限", "上限为", "封顶", "限", "压在", "最贵", "最晚", "最慢", "最迟", "最长", "小于等于",
         "小于或等于", "低于或等于", "不多于", "不贵过", "不贵于", "≤", "<=", "=<"),
        "<=",
    ),
    **dict.fromkeys(
        ("至少", "最少", "最低", "起码", "不下", "不低于", "达到", "达", "满", "下限", "下限为", "保底", "大于等于", "大于或等于", "高于或等于", "上", "≥", ">=", "=>"),
        ">=",
    ),
    "<": "<",
    ">": ">",
}  # fmt: skip
_EN_MORE = ("more than", "greater than", "higher than", "larger than", "bigger than", "longer than", "better than", "over", "above", "exceeding", "exceeds", "exceed",
            "beyond", "in excess of", "north of", "upwards of", "older than", "later than", "costlier than", "pricier than")  # fmt: skip
_EN_LESS = ("in under", "less than", "lower than", "smaller than", "fewer than", "cheaper than", "shorter than", "under", "below", "beneath", "south of", "newer than",
            "younger than", "faster than", "quicker than", "sooner than", "lesser than")  # fmt: skip
_EN_NO = ("no", "not", "nothing", "never", "none", "doesn't", "don't", "does not", "do not", "must not", "mustn't", "should not", "shouldn't", "cannot", "can't", "can not",
          "won't", "will not", "not be", "not go", "don't go", "doesn't go", "not cost", "must not be", "should not be", "must not cost", "should not cost", "nor",
          "isn't", "aren't", "is not", "are not", "without")  # fmt: skip
_BEFORE_EN: dict[str, str] = {
    **dict.fromkeys(_EN_MORE, ">"),
    **dict.fromkeys(_EN_LESS, "<"),
    **{f"{no} {word}": "<=" for no in _EN_NO for word in _EN_MORE},
    **{f"{no} {word}": ">=" for no in _EN_NO for word in _EN_LESS},
    "upwards of": ">=",
    **dict.fromkeys(
        ("at most", "at the most", "up to", "upto", "max", "max.", "maximum", "maximum of", "a maximum of", "within", "within a", "capped at", "cap of", "limited to", "not to exceed", "ceiling of",
         "until", "as much as", "equal to or less than", "less than or equal to", "tops", "no later than", "inside", "within the last", "within the past",
         "in the last", "in the past", "over the last", "over the past", "during the last", "in last", "in past", "within last", "the last", "the past", "last", "past", "<=", "≤"),
        "<=",
    ),
    **dict.fromkeys(
        ("at least", "at the least", "no less than", "minimum", "min", "min.", "minimum of", "a minimum of", "starting at", "starting from", "starts at", "beginning at",
         "greater than or equal to", "more than or equal to", "equal to or greater than", "equal to or more than", "from", ">=", "≥"),
        ">=",
    ),
}  # fmt: skip
_AFTER: dict[str, str] = {
    **dict.fromkeys(("以下", "以内", "之内", "之下", "及以下", "或以下", "和以下", "及以内", "或以内", "或更低", "或更少", "封顶", "为限", "为上限", "内", "打底以下", "或者以下"), "<="),
    **dict.fromkeys(("以上", "之上", "及以上", "或以上", "和以上", "或更高", "或更多", "起步", "打底", "起", "往上", "保底", "朝上", "或者以上", "+", "多起"), ">="),
    **dict.fromkeys(("开外", "以外", "出头"), ">"),
}  # fmt: skip
_AFTER_EN: dict[str, str] = {
    **dict.fromkeys(
        ("or less", "or under", "or below", "or fewer", "or lower", "or cheaper", "or sooner", "or faster", "or newer", "or smaller", "and under", "and below",
         "and less", "and lower", "max", "max.", "maximum", "tops", "at most", "at the most", "or so at most", "and down", "upper limit"),
        "<=",
    ),
    **dict.fromkeys(
        ("or more", "or above", "or over", "or higher", "or better", "or greater", "or up", "or longer", "or older", "or bigger", "and up", "and above", "and over", "and more",
         "and higher", "and better", "and upwards", "and upward", "upwards", "plus", "minimum", "min", "min.", "at least", "at minimum", "+"),
        ">=",
    ),
}  # fmt: skip
_STRICT = re.compile(r"\s*[(（]?\s*(?:不含|不包含|不包括|exclusive|excluding)(?:本数|本身)?\s*[)）]?")
_FILLER = r"(?:\s|of\b|a\b|an\b|the\b|about\b|only\b|just\b|是|为|在|了|到(?!手)|要|:|=)*"

# 起 before 批 belongs to a smallest order, 内 before 衣 to underwear, 过 behind a verb is a tense.
_AFTER_PATTERN = re.compile(
    rf"\s*(?:({alternatives(set(_AFTER) - {'起', '内'})}|起(?![批订售发拍卖购])|内(?![衣裤裙搭外饰置部存]))|({alternatives(_AFTER_EN)})(?![a-z])(?!\s+(?:rs\.?\s*)?[$¥€£₹]?\s*\d))"
)
_BEFORE_PATTERN = re.compile(
    rf"(?:({alternatives(_BEFORE)})|(?<![a-z])({alternatives(_BEFORE_EN)})){_FILLER}$",
)
_NOT_BEFORE = re.compile(r"(?:[通经路逛超网线晚早身路马乐]|用|看|买|卖|评|试|做)$")


def _known(table: dict[str, str], said: str) -> str:
    return table[re.sub(r"[\s-]+", " ", said)]


def before(text: str) -> tuple[str, int] | None:
    """(operator, where its words begin) if the text ends with a comparison."""
    # Long alternatives must win although they begin further left: look for the leftmost start that reaches the end.
    window = max(0, len(text) - 48)
    found = _BEFORE_PATTERN.search(text, window)
    if not found:
        return None
    if found[1] in ("过", "上", "达", "满", "超", "破", "限") and _NOT_BEFORE.search(text[: found.start()]):
        return None
    if found[1]:
        return _known(_BEFORE, found[1]), found.start()
    return _known(_BEFORE_EN, found[2]), found.start()


def after(text: str) -> tuple[str, int] | None:
    """(operator, how many characters its words take) if the text begins with a comparison."""
    found = _AFTER_PATTERN.match(text)
    if not found:
        return None
    op = _known(_AFTER, found[1]) if found[1] else _known(_AFTER_EN, found[2])
    strict = _STRICT.match(text, found.end())
    if strict:
        return op[0], strict.end()
    return op, found.end()
