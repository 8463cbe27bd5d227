"""Which of the trends in the prompt are about what is wanted, and what a theme made of one is called."""

from __future__ import annotations

from typing import Any

from infra.local.models.meaning import Wanted, in_language, understood
from infra.local.models.words import HAN, contains, find, plural, titled


def said(trend: dict[str, Any]) -> list[str]:
    """A trend's title and keywords."""
    return [str(trend.get("title", "")), *(str(word) for word in trend.get("keywords", []))]


def closeness(trend: dict[str, Any], wanted: Wanted) -> float:
    """How much a trend is about what is wanted: 0 for what only shares an industry with a narrow wish."""
    texts = said(trend)
    about = understood(texts)
    score = 0.0
    if wanted.motifs:
        score += 3 * any(group in wanted.motifs for group in about.motifs)
        return score + 0.5 * any(group in wanted.goods for group in about.goods) if score else 0.0
    score += 2 * any(group in wanted.goods for group in about.goods)
    seasons = [group for group in wanted.occasions if group.kind == "season"]
    score += 2 * any(group in seasons for group in about.occasions)
    score += 0.5 * any(group in wanted.occasions for group in about.occasions if group.kind == "scene")
    score += 1.5 * any(word and len(word) > 1 and contains(text, word) for word in wanted.words for text in texts[:1])
    broad = [group for group in wanted.goods if group.kind == "broad"]
    if not score and broad and any(trend.get("industry") == group.industry for group in broad):
        score += 1 if not broad[0].members or any(wanted.fits(text) for text in texts) else 0
    return score


def only_about(name: str, related: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The first trend that names these goods and no others."""
    goods = set(understood([name]).goods)
    for trend in related:
        named = {group for group in understood(said(trend)).goods if group.kind == "goods"}
        if named and named <= goods:
            return trend
    return None


def about(phrase: str, related: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The trend that is closest to a phrase, if any is close."""
    wanted = understood([phrase])
    scored = [(score, -place) for place, trend in enumerate(related) if (score := closeness(trend, wanted)) > 0]
    return related[-max(scored)[1]] if scored else None


def trend_name(trend: dict[str, Any], wanted: Wanted, zh: bool) -> str:
    """A banner's words for a trend: its title where that is a name of goods, else its goods with what sets them apart."""
    title = str(trend["title"])
    matches = find(title)
    named = [match for match in matches if match.group.names_goods]
    fits_language = bool(HAN.search(title)) == zh
    short = len(title) <= 10 if zh else len(title.split()) <= 5
    if trend.get("kind") != "event" and fits_language and short and named and named[-1].end == len(title.rstrip()):
        return title if zh else titled(title)
    goods = next((word for word in map(str, trend.get("keywords", [])) if wanted.fits(word) and understood([word]).goods), "")
    goods = in_language(goods, zh) if goods else ""
    if not goods:
        return ""
    around = [match.group for text in said(trend) for match in find(text)]
    apart = next(
        (
            group
            for group in around
            if group.kind in ("style", "season", "material", "motif")
            and group.zh[0] != "文创"
            and not any(contains(goods, word) for word in (group.zh if zh else group.en))
        ),
        None,
    )
    if zh:
        return f"{apart.zh[0] if apart else ''}{goods}"
    return titled(f"{apart.en[0] if apart else ''} {plural(goods)}".strip())
