"""Conflicts of rules, said so that an operator knows which rule to give up."""

from __future__ import annotations

from collections.abc import Mapping

from huichang.delivery.control.planning import Conflict
from huichang.kernel.language import Language

_BECAUSE = {
    "zh": {
        "venue": "会场“{}”自己的上限",
        "industry": "行业“{}”的上限",
        "merchant": "商家“{}”的上限",
        "campaign": "活动“{}”的上限",
        "places": "其他保底和上限已占满坑位",
    },
    "en": {
        "venue": "the cap of venue {} itself",
        "industry": "the cap of industry {}",
        "merchant": "the cap of merchant {}",
        "campaign": "the cap of campaign {}",
        "places": "other floors and caps take all the places there are",
    },
}


def worded(conflict: Conflict, language: Language, names: Mapping[str, str] | None = None) -> str:
    """One sentence: what could not hold, by how much, because of what. `names`: titles of venues, by id."""
    known = names or {}
    parts = [each.partition(":") for each in conflict.because]
    said = [_BECAUSE[language][kind].format(known.get(name, name)) for kind, _, name in parts]
    subject = known.get(conflict.subject, conflict.subject)
    asked, got = f"{conflict.asked * 100:.1f} %", f"{conflict.got * 100:.1f} %"
    if language == "zh":
        why = "，".join(said) or "没有足够的会场"
        if conflict.kind == "floor":
            return f"会场“{subject}”的保底流量无法满足：要求出现在 {asked} 的结果里，只能做到 {got}；原因：{why}。"
        return f"坑位无法全部填满：只填了 {got}；原因：{why}。"
    why = ", ".join(said) or "there are not enough venues"
    if conflict.kind == "floor":
        return f"The floor of venue {subject} cannot be met: {asked} of the answers were asked for, {got} are possible, because of: {why}."
    return f"Not all places can be filled: {got} of them are, because of: {why}."
