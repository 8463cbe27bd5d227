"""What is coming, and which themes have the stock for it: "中秋 in 21 days: these 12 themes have stock".

For each festival whose lead time has begun, its words are looked up in the catalogue (depth.py). A word with enough products on sale is a
theme; words that find mostly the same products are one theme, named by the word that finds most. Each comes with a sentence that
starts its campaign, and a moment for a schedule, so that nothing needs to be typed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from huichang.kernel.language import Language, Text, pick
from huichang.kernel.model import Model
from huichang.selection.words import IndustryEntry, fold, say
from huichang.themes.depth import Depth, StockDepth
from huichang.trends.calendar import Festival, upcoming

SAME_PRODUCTS = 0.6
MOST_THEMES = 12
_HOUR = "T09:00:00"


class UpcomingTheme(Model):
    """A theme with stock behind it. `words`: what is searched; `products`: how many are on sale, `at_least` if there may be more."""

    name: str
    words: tuple[str, ...]
    industry: str | None
    products: int
    at_least: bool
    categories: tuple[str, ...]
    sentence: str


class ProposedSchedule(Model):
    """A campaign for the whole festival, as POST /api/schedules takes it, and the number of themes it is good for."""

    name: str
    sentence: str
    venues: int
    at: str
    catalogue: str | None = None
    language: Language


class UpcomingFestival(Model):
    """A festival ahead. Themes and schedule are there only while merchants stock up for it (`in_season`) and there is stock."""

    code: str
    name: Text
    on: date
    days_left: int
    stock_up_on: date
    lead_days: int
    shop_days: int
    regions: tuple[str, ...]
    languages: tuple[Language, ...]
    about: bool
    promote: bool
    in_season: bool
    themes: tuple[UpcomingTheme, ...] = ()
    short_of: tuple[str, ...] = ()
    """Words of the festival for which there is not enough stock: what merchants could be recruited for."""
    schedule: ProposedSchedule | None = None


class UpcomingThemes(Model):
    """The calendar ahead, nearest first."""

    today: date
    upcoming: tuple[UpcomingFestival, ...]


class Upcoming:
    """Looks ahead. `min_products`: how many make a venue."""

    def __init__(self, depth: StockDepth, industries: Sequence[IndustryEntry], *, min_products: int = 8) -> None:
        self._depth = depth
        self._industries = industries
        self._min_products = min_products

    def __call__(self, today: date, days: int, language: Language, catalogue: str | None = None) -> UpcomingThemes:
        """The festivals of the next `days` days with what has stock for them now. Raises what the index raises."""
        known: dict[str, Depth] = {}
        found = [self._festival(festival, today, language, catalogue, known) for festival in upcoming(today, days)]
        return UpcomingThemes(today=today, upcoming=tuple(found))

    def _festival(
        self, festival: Festival, today: date, language: Language, catalogue: str | None, known: dict[str, Depth]
    ) -> UpcomingFestival:
        themes: list[UpcomingTheme] = []
        short: list[str] = []
        if festival.promote and festival.in_season:
            themes, short = self._themes(festival, language, catalogue, known)
        return UpcomingFestival(
            code=festival.code,
            name=festival.name,
            on=festival.on,
            days_left=festival.days_left,
            stock_up_on=festival.stock_up_on,
            lead_days=festival.lead_days,
            shop_days=festival.shop_days,
            regions=festival.regions,
            languages=festival.languages,
            about=festival.about,
            promote=festival.promote,
            in_season=festival.in_season,
            themes=tuple(themes),
            short_of=tuple(short),
            schedule=_schedule(festival, themes, today, language, catalogue) if themes else None,
        )

    def _themes(
        self, festival: Festival, language: Language, catalogue: str | None, known: dict[str, Depth]
    ) -> tuple[list[UpcomingTheme], list[str]]:
        other: Language = "en" if language == "zh" else "zh"
        deep, short = self._counted(festival.words.get(language, ()), catalogue, known)
        if not deep:
            # A catalogue of the other language: its words find the goods, and nothing is short for lack of ours.
            deep, _ = self._counted(festival.words.get(other, ()), catalogue, known)
            short = [] if deep else short
        groups: list[list[tuple[str, Depth]]] = []
        for word, depth in sorted(deep, key=lambda item: -item[1].count):
            home = next((group for group in groups if _same_goods(group[0][1], depth)), None)
            if home is None:
                groups.append([(word, depth)])
            else:
                home.append((word, depth))
        themes = [self._theme(festival, group, language) for group in groups[:MOST_THEMES]]
        return themes, short

    def _counted(self, words: Sequence[str], catalogue: str | None, known: dict[str, Depth]) -> tuple[list[tuple[str, Depth]], list[str]]:
        """The words with enough stock, and those without."""
        for word in words:
            if fold(word) not in known:
                known[fold(word)] = self._depth.of([word], catalogue=catalogue)
        deep = [(word, known[fold(word)]) for word in words if known[fold(word)].count >= self._min_products]
        return deep, [word for word in words if known[fold(word)].count < self._min_products]

    def _theme(self, festival: Festival, group: Sequence[tuple[str, Depth]], language: Language) -> UpcomingTheme:
        words = [word for word, _ in group]
        shown, depth = group[0]
        name = _short_name(festival, language)
        return UpcomingTheme(
            name=say(language, f"{name}{shown}", f"{name} {shown}"),
            words=tuple(words),
            industry=self._industry(shown, depth),
            products=depth.count,
            at_least=depth.at_least,
            categories=depth.categories[:5],
            sentence=say(language, f"帮我做一个{name}{shown}会场", f"Make a {name} venue for {shown}"),
        )

    def _industry(self, word: str, depth: Depth) -> str | None:
        texts = [fold(text) for text in (word, *depth.categories[:3])]
        for text in texts:
            for industry in self._industries:
                if any(fold(known) == text or (len(known) > 1 and fold(known) in text and not known.isascii()) for known in industry.words):
                    return industry.code
        return None


def _same_goods(one: Depth, other: Depth) -> bool:
    mine, theirs = set(one.product_ids), set(other.product_ids)
    return len(mine & theirs) >= SAME_PRODUCTS * max(1, min(len(mine), len(theirs)))


def _short_name(festival: Festival, language: Language) -> str:
    """Without what stands in brackets."""
    return re.sub(r"\s*[(（].*?[)）]", "", pick(festival.name, language))


def _schedule(
    festival: Festival, themes: Sequence[UpcomingTheme], today: date, language: Language, catalogue: str | None
) -> ProposedSchedule:
    """One campaign for all themes, in time for shoppers: when they begin to buy, or tomorrow if they have begun."""
    on = max(festival.on - timedelta(days=festival.shop_days), today + timedelta(days=1))
    name = _short_name(festival, language)
    goods = [_goods(theme, name) for theme in themes[:5]]
    listed = say(language, "、".join(goods), ", ".join(goods))
    return ProposedSchedule(
        name=f"{festival.code.replace('_', '-')}-{festival.on.year}",
        sentence=say(language, f"{name}大促，做{len(themes)}个会场：{listed}", f"{name} promotion with {len(themes)} venues: {listed}"),
        venues=len(themes),
        at=on.isoformat() + _HOUR,
        catalogue=catalogue,
        language=language,
    )


def _goods(theme: UpcomingTheme, festival: str) -> str:
    return theme.name.removeprefix(festival).strip()
