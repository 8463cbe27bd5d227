"""expand_theme: synonyms from the lexicon, and the shelves whose names say the same."""

from __future__ import annotations

from typing import Any

from infra.local.models.embeddings import Embedder
from infra.local.models.words import HAN, contains, groups_in


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """ExpansionAnswer."""
    theme = data["theme"]
    languages = data.get("languages") or ["zh", "en"]
    keywords = [str(word) for word in theme.get("keywords", [])]
    text = " ".join([*keywords, str(theme.get("name", ""))])
    groups = groups_in(text)
    zh = [word for word in keywords if HAN.search(word)] + [word for group in groups for word in group[0]]
    en = [word for word in keywords if not HAN.search(word)] + [word for group in groups for word in group[1]]
    words_zh = list(dict.fromkeys(zh))[:40] if "zh" in languages else []
    words_en = list(dict.fromkeys(en))[:40] if "en" in languages else []
    # The head noun decides the shelf: in 熊猫玩偶 it is 玩偶; panda-printed mugs stand elsewhere.
    heads = [word for word in dict.fromkeys([*zh, *en]) if len(word) > 1]
    offered = [str(name) for name in data.get("categories", [])]
    categories = [name for name in offered if any(_names(name, word) for word in heads)]
    subthemes = "、".join(str(sub.get("name", "")) for sub in theme.get("subthemes", []))
    parts = [
        str(theme.get("name", "")),
        str(theme.get("slogan", "")),
        subthemes,
        "、".join(words_zh),
        ", ".join(words_en),
    ]
    return {
        "text": "\n".join(part for part in parts if part)[:2000] or "商品",
        "words_zh": words_zh,
        "words_en": words_en,
        "categories": categories[:40],
    }


def _names(category: str, word: str) -> bool:
    if HAN.search(word):
        return word in category or (len(category) >= 2 and category in word)
    return contains(category, word)
