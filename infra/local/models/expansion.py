"""expand_theme: synonyms from the lexicon, and the shelves that hold such goods."""

from __future__ import annotations

from typing import Any

from infra.local.models.embeddings import Embedder
from infra.local.models.meaning import synonyms, understood
from infra.local.models.words import HAN, Group, find


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """ExpansionAnswer."""
    theme = data["theme"]
    languages = [str(language) for language in data.get("languages") or ["zh", "en"]]
    keywords = [str(word) for word in theme.get("keywords", [])]
    said = [*(str(word) for word in data.get("subjects", [])), *keywords] or [str(theme.get("name", ""))]
    wanted = understood(said)
    zh = bool(HAN.search((keywords or said)[0]))
    words = [word for phrase in keywords or said if bool(HAN.search(phrase)) == zh for word in synonyms(phrase)]
    if not wanted.goods:
        words += [word for group in wanted.kinds for word in (*group.zh[:2], *group.en[:2])]
    words = [*keywords, *words]
    by_language = {
        "zh": list(dict.fromkeys(word for word in words if HAN.search(word)))[:40],
        "en": list(dict.fromkeys(word.lower() for word in words if not HAN.search(word)))[:40],
    }
    # The theme's own words decide; the brief's subjects only where the theme's say nothing of goods.
    about = understood([str(theme.get("name", "")), *keywords])
    judge = about if about.goods or about.motifs else wanted
    offered = [str(name) for name in data.get("categories", [])]
    found = {name: judge.fits(name) for name in offered}
    best = max(found.values(), default=0)
    # Where the very shelf exists, its neighbours (熊猫手偶 for 熊猫玩偶) are no part of the theme.
    categories = [name for name in offered if found[name] and (found[name] >= 4 or best < 4)]
    return {
        "text": _paragraph(theme, by_language, languages, judge.kinds)[:2000],
        "words_zh": by_language["zh"] if "zh" in languages else [],
        "words_en": by_language["en"] if "en" in languages else [],
        "categories": categories[:40],
    }


def _paragraph(theme: dict[str, Any], words: dict[str, list[str]], languages: list[str], kinds: tuple[Group, ...]) -> str:
    """What stands here is embedded and compared with products: goods, materials, scenes and buyers, in their languages."""
    tabs = [str(sub.get("name", "")) for sub in theme.get("subthemes", [])]
    around = [match.group for text in (str(theme.get("name", "")), *tabs) for match in find(text)]
    trades = {group.industry for group in kinds}
    lines = [str(theme.get("name", ""))]
    for language in ("zh", "en"):
        if language not in languages:
            continue
        zh = language == "zh"
        comma = "、" if zh else ", "
        own = [tab for tab in tabs if bool(HAN.search(tab)) == zh]
        setting = [
            (group.zh if zh else group.en)[0] for group in around if group.kind in ("material", "style", "season", "scene", "audience")
        ]
        lines.append(comma.join(dict.fromkeys([*words[language], *own, *setting])))
    if not trades and theme.get("slogan"):
        lines.append(str(theme["slogan"]))
    return "\n".join(line for line in lines if line) or "商品"
