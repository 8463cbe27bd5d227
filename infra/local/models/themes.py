"""plan_themes: the brief's own idea first, then trends that share words with it, then shelves that hold stock."""

from __future__ import annotations

import re
from typing import Any

from infra.local.models.embeddings import Embedder
from infra.local.models.words import HAN, contains, groups_in

_COUNT = re.compile(r"Propose (\d+) themes")


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """ThemePlanAnswer."""
    brief = data["brief"]
    zh = brief["language"] == "zh"
    asked = _COUNT.search(user)
    count = int(asked[1]) if asked else int(brief.get("venues", 1)) + 2
    subjects = [str(word) for word in brief.get("subjects", [])]
    industry = (brief.get("industries") or [None])[0]
    shelves = [str(entry["category"]) for entry in data.get("categories", [])]
    trends = data.get("trends", [])
    related = [trend for trend in trends if _related(trend, subjects)]
    related.sort(key=lambda trend: -_closeness(trend, subjects))

    themes: list[dict[str, Any]] = []
    names: set[str] = {str(name) for name in data.get("live_names", [])}

    def add(name: str, keywords: list[str], trend: dict[str, Any] | None, reason: str) -> None:
        name = name.strip()[:60]
        if not name or name in {theme["name"] for theme in themes} or len(themes) >= count:
            return
        words = list(dict.fromkeys(word for word in keywords if word))[:20]
        themes.append(
            {
                "name": name,
                "slogan": _slogan(name, trend, zh)[:80],
                "industry": (trend or {}).get("industry") or industry,
                "kind": trend["kind"] if trend else "created",
                "keywords": words or [name],
                "subthemes": _subthemes(words, shelves),
                "trend_ids": [trend["id"]] if trend else [],
                "reason": reason[:400],
            }
        )

    main = _name(brief, subjects, zh)
    best = related[0] if related else None
    if best:
        reason = (
            f"需求来自一句话；热点「{best['title']}」与之相关"
            if zh
            else f'asked for in the brief; the trend "{best["title"]}" fits it'
        )
    else:
        reason = "需求来自一句话，货架上有对应商品" if zh else "asked for in the brief, and the shelves hold such goods"
    add(main, subjects, best, reason)
    if int(brief.get("venues", 1)) > 1:
        for trend in related:
            title = str(trend["title"])
            keywords = [*(str(word) for word in trend.get("keywords", [])), *subjects]
            add(title, keywords, trend, f"热点「{title}」" if zh else f'the trend "{title}"')
        for shelf in shelves:
            name = f"{shelf}专场" if zh and HAN.search(shelf) else shelf
            add(name, [shelf], None, f"「{shelf}」货源充足" if zh else f'"{shelf}" has depth of stock')
        for word in subjects[1:]:
            add(word, [word], None, "一句话中的另一类商品" if zh else "another kind of goods in the brief")
        for group in (group for word in subjects for group in groups_in(word)):
            for word in group[0 if zh else 1]:
                add(word if zh else word.title(), [word], None, "同类叫法" if zh else "goods of the same kind")
    return {"themes": themes}


def _name(brief: dict[str, Any], subjects: list[str], zh: bool) -> str:
    idea = str(brief.get("idea", "")).strip()
    if zh:
        return idea[:14] if 2 <= len(idea) <= 14 else "".join(subjects[:2])[:14]
    words = (idea if len(idea.split()) <= 5 and idea else " ".join(subjects[:2])).split()
    return " ".join(word if word.isupper() else word.capitalize() for word in words)[:60]


def _slogan(name: str, trend: dict[str, Any] | None, zh: bool) -> str:
    if trend and trend["kind"] == "seasonal":
        return f"{trend['title']}备货正当时" if zh else f"Stock up in time for {trend['title']}"
    return f"{name}，现货一站配齐" if zh else f"{name}, ready to order in one place"


def _words(trend: dict[str, Any]) -> list[str]:
    return [str(trend.get("title", "")), *(str(word) for word in trend.get("keywords", []))]


def _related(trend: dict[str, Any], subjects: list[str]) -> bool:
    return _closeness(trend, subjects) > 0


def _closeness(trend: dict[str, Any], subjects: list[str]) -> float:
    """How many subjects (or their synonyms) the trend's own words hold."""
    words = _words(trend)
    score = 0.0
    for subject in subjects:
        nouns = [subject, *(word for group in groups_in(subject) for side in group for word in side)]
        score += any(
            contains(text, noun) or (HAN.search(noun) is not None and text in noun and len(text) > 1)
            for text in words
            for noun in nouns
        )
    return score


def _subthemes(keywords: list[str], shelves: list[str]) -> list[dict[str, Any]]:
    nouns = [*keywords, *(word for group in groups_in(" ".join(keywords)) for side in group for word in side)]
    fitting = [shelf for shelf in shelves if any(contains(shelf, noun) or shelf in noun for noun in nouns)]
    chosen = list(dict.fromkeys([*fitting, *shelves[:3]]))[:6]
    return [{"name": shelf[:40], "keywords": [shelf]} for shelf in chosen]
