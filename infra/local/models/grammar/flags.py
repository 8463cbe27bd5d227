"""Words without a number: yes or no, and vague words; said plainly, denied (不包邮, "no dropshipping"), or not needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from huichang.catalog.indicators import load_vague_words
from infra.local.models.grammar.comparators import COMPLEMENT, FLIPPED
from infra.local.models.grammar.text import places

_OPTIONAL_BEFORE = re.compile(
    r"(?:无需|不需要?|不用|不必|无须|不要求|不强求|不一定要?|不一定|是否|不在乎|不在意|不限|不管|无论|不论|包不)(?:是否)?(?:支持|提供|能|可以|有|要)?$"
    r"|(?<![a-z])(?:(?:don'?t|doesn'?t|do\s+not|does\s+not)\s+(?:need|have)(?:\s+to\s+(?:be|offer|have|support))?|needn'?t(?: be| have| offer)?|no need for|need not(?: be)?|not necessarily|regardless of|whether or not|with or without|don'?t care about|not looking for)\s+(?:any\s+|it\s+be\s+|a\s+|to\s+be\s+)?$"
)
_OPTIONAL_AFTER = re.compile(
    r"^(?:服务)?(?:与否)?(?:都行|都可以?|均可|无所谓|也行|也可以?|也没关系|不限|不强求|不要求|可有可无|不是必须|没关系|不重要|不必|都没问题)"
    r"|^\s+(?:(?:is|are)\s+)?(?:not\s+(?:needed|required|necessary|a\s+must|important|essential)|optional|needed\s+not|unnecessary|doesn'?t\s+matter|don'?t\s+matter|not\s+required)(?![a-z])"
)
_NO_NEEDED = re.compile(r"^\s+(?:is\s+|are\s+)?(?:needed|required|necessary)(?![a-z])")
_DENIED = re.compile(
    r"(?:不|非|没有|没|不要|不支持|不接受|不做|不提供|不能|不可|拒绝|排除|除去|除了|剔除|不是|不含|别给我|别来|别上|别|不想要|不考虑|避开|禁止|无)(?:支持|提供|做|能|可以|可|有|是|要|属于|任何)?$"
    r"|(?<![a-z])(?:no|not|non|without|except(?:\s+for)?|exclud(?:e|ing)|don'?t\s+want|do\s+not\s+want|isn'?t|aren'?t|not\s+for|doesn'?t\s+offer|don'?t\s+offer|do\s+not\s+offer|avoid(?:ing)?|anything\s+but|other\s+than|rather\s+than|skip|never|nothing|cannot\s+be|can'?t\s+be|doesn'?t\s+support|don'?t\s+support)[\s-]+(?:any\s+|a\s+|the\s+|be\s+|offering\s+|with\s+|is\s+|are\s+|supporting\s+|too\s+|those\s+|that\s+are\s+)?$"
)
_DENIED_AFTER = re.compile(
    r"^(?:的|款|产品|商品|类)?(?:都|一律)?(?:不要|除外|不考虑|排除在外|剔除|不收|免谈)|^\s+(?:excluded|not\s+(?:allowed|wanted|accepted|supported|offered|available))(?![a-z])"
)
_CUT = re.compile(r"[，;；。!！?？\n]|,(?!\d)")


@dataclass(frozen=True)
class Vague:
    """Words that stand for a threshold."""

    words: tuple[str, ...]
    indicator: str
    op: str
    value: float | bool | None = None
    percentile: float | None = None


@dataclass(frozen=True)
class Flag:
    """One place where such words stand. `op` empty where they only say that something is not needed."""

    start: int
    end: int
    indicator: str
    op: str
    value: float | bool | None
    percentile: float | None


@cache
def catalogue_words() -> tuple[Vague, ...]:
    """The words of catalog/indicators.yaml: used where a prompt brings none (the brief)."""
    return tuple(Vague(entry.words, entry.indicator, entry.op, entry.value, entry.percentile) for entry in load_vague_words())


def flags(text: str, vague: Sequence[Vague], free: Sequence[tuple[int, int]]) -> list[Flag]:
    """Every such place in a plain text outside of what was read already (`free`: spans that are taken), from the left."""
    taken = list(free)
    found: list[Flag] = []
    spots = [(start, end, one) for one in vague for start, end in places(text, one.words)]
    for start, end, one in sorted(spots, key=lambda spot: (spot[0] - spot[1], spot[0])):
        if any(a < end and start < b for a, b in taken):
            continue
        taken.append((start, end))
        found.append(_said(text, start, end, one))
    return sorted(found, key=lambda flag: flag.start)


def _said(text: str, start: int, end: int, one: Vague) -> Flag:
    low = max((m.end() for m in _CUT.finditer(text, 0, start)), default=0)
    ahead, behind = text[max(low, start - 28) : start], text[end : end + 24]
    optional = _OPTIONAL_BEFORE.search(ahead)
    denied = _DENIED.search(ahead)
    if optional or _OPTIONAL_AFTER.match(behind) or (denied and _NO_NEEDED.match(behind)):
        begin = start - (len(ahead) - optional.start()) if optional else start - (len(ahead) - denied.start()) if denied else start
        after = _OPTIONAL_AFTER.match(behind) or _NO_NEEDED.match(behind)
        return Flag(begin, end + (after.end() if after else 0), one.indicator, "", None, None)
    denied_after = _DENIED_AFTER.match(behind)
    if not denied and not denied_after:
        return Flag(start, end, one.indicator, one.op, one.value, one.percentile)
    begin = start - (len(ahead) - denied.start()) if denied else start
    finish = end + denied_after.end() if denied_after else end
    if isinstance(one.value, bool):
        return Flag(begin, finish, one.indicator, "=", not one.value, None)
    # Percentiles have no strict side: not among the cheapest 30 % is at or above p30.
    op = FLIPPED[one.op] if one.percentile is not None else COMPLEMENT[one.op]
    return Flag(begin, finish, one.indicator, op, one.value, one.percentile)
