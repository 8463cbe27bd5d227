"""interpret_brief: what one sentence asks for, by its own words. Whatever it orders besides goods is not carried out."""

from __future__ import annotations

import re
from typing import Any

from infra.local.models.asides import blotted, without_audience, without_count, without_tone
from infra.local.models.embeddings import Embedder
from infra.local.models.grammar import limits, unmeasured
from infra.local.models.harmless import harmless
from infra.local.models.moments import NO_GOODS, WHEN, each_of, signal_of
from infra.local.models.subjects_en import EN_SCENES, subjects_en
from infra.local.models.subjects_zh import subjects_zh
from infra.local.models.words import HAN, Group, contains, find, goods_in, group_named, groups_in


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """BriefAnswer."""
    sentence = str(data["sentence"])
    text = harmless(sentence)
    zh = len(HAN.findall(text)) >= len(re.findall(r"[A-Za-z]{2,}", text))
    if not re.search(r"[\u4e00-\u9fffA-Za-z]", text):
        zh = bool(HAN.search(sentence))
    text, each = each_of(text)
    text, venues = (text, None) if each else without_count(text, zh)
    when = WHEN.search(text)
    if when:
        text = blotted(text, *when.span())
    signal = signal_of(text)
    found = limits(text)
    constraints = [phrase for phrase in dict.fromkeys(limit.phrase for limit in found) if phrase in sentence]
    for limit in found:
        text = blotted(text, limit.start, limit.start + len(limit.phrase))
    for wish in unmeasured(text):
        text = text.replace(wish, "；" * len(wish))
        constraints += [wish] if wish in sentence and wish not in constraints else []
    text, audience = without_audience(text, zh)
    text, tone = without_tone(text, zh)
    names = subjects_zh(text) if zh else subjects_en(text)
    names = [name for name in names if name not in NO_GOODS]
    subjects = list(dict.fromkeys(_searchable(name) for name in names))
    if each and subjects:
        # 厨房+收纳+宠物 are three kinds; a name beside them that nobody knows is none.
        kinds = {heads[-1] for subject in subjects if (heads := goods_in([subject]))}
        venues = min(10_000, each * (len(kinds) or len(set(subjects))))
    return {
        "language": "zh" if zh else "en",
        "idea": _idea(names, zh)[:300],
        "industries": _industries(data, sentence, subjects),
        "subjects": subjects[:20],
        "constraints": [phrase[:100] for phrase in constraints[:20]],
        "audience": audience[:100],
        "tone": tone[:100],
        "venues": venues,
        "window": when[0].strip()[:100] if when and when[0].strip() in sentence else "",
        # Beside goods of its own, 爆款 is a condition on them and nothing to go looking for.
        "signal": signal if not subjects else "",
    }


def _searchable(name: str) -> str:
    """A name without a last word that no title carries: 露营装备 are found by 露营, "camping gear" by "camping"."""
    bare = re.sub(r"(?:装备|神器)$|\s(?:gear|equipment|kit|essentials|supplies)$", "", name)
    return bare if len(bare) > 1 and find(bare) else name


def _idea(subjects: list[str], zh: bool) -> str:
    """The subjects as one phrase; what repeats a part of a longer one is left out."""
    kept: list[str] = []
    for subject in subjects:
        if not any(subject in longer for longer in kept) and len(kept) < 3:
            kept.append(subject)
    if zh:
        occasions = [word for word in kept if (found := find(word)) and all(m.group.kind == "season" for m in found)]
        goods = [word for word in kept if word not in occasions]
        if occasions and goods and len(occasions[0] + goods[0]) <= 10:
            return occasions[0] + goods[0]
        return "、".join(kept)
    seasons = [word for word in kept if " " not in word and any(m.group.kind == "season" for m in find(word))]
    kept = [word for word in kept if word not in seasons] or kept  # a season said aside: "stock up for winter"
    if len(kept) > 1 and EN_SCENES.fullmatch(kept[-1]):
        return f"{kept[-1]} {kept[0]}"
    return kept[0] if len(kept) == 1 else " and ".join([", ".join(kept[:-1]), kept[-1]]) if kept else ""


def _industries(data: dict[str, Any], sentence: str, subjects: list[str]) -> list[str]:
    listed = [entry for entry in data.get("industries", []) if entry.get("code")]
    codes = {str(entry["code"]) for entry in listed}
    hint = data.get("industry_hint")
    found = [str(hint)] if hint else []
    heads: list[Group] = []
    for subject in subjects:
        heads += goods_in([subject])[-1:]
    if not heads:  # an occasion: the industries of what it calls for
        heads = [group_named(member) for group in groups_in(subjects) for member in group.members]
    found += [group.industry for group in heads if group.industry in codes]
    if len(found) == bool(hint):
        scored: dict[str, int] = {}
        said = " ".join(subjects) or sentence
        for entry in listed:
            names = [*entry.get("words", []), entry.get("zh", ""), entry.get("en", "")]
            # A long word is better evidence than a short one: 包 stands in many things that are no bags.
            score = sum(len(name) ** 2 for name in map(str, names) if len(name) > 1 and contains(said, name))
            if score:
                scored[str(entry["code"])] = score
        best = max(scored.values(), default=0)
        if best:
            found += [code for code, score in sorted(scored.items(), key=lambda p: -p[1]) if score >= best * 0.5]
    return list(dict.fromkeys(found))[:4]
