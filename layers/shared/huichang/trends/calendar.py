"""Festivals, shopping days and seasons: when the next ones are, how early merchants and shoppers buy, and what.

Lunar dates and solar terms come from lunar_python, the rest are rules; which festivals there are, and how each is dated,
stands in festivals.yaml. Days of mourning stand there too, so that nobody plans a promotion for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from huichang.kernel.language import Language, Text, pick
from huichang.kernel.model import Model
from huichang.trends.trend import Trend

SOURCE = "festival-calendar"
_WORDS_SHOWN = 12
_BESIDE = re.compile(r" \(.*\)$| holiday$")


class Festival(Model):
    """A festival's next date.

    `lead_days`: how many days before it merchants start to stock up; `shop_days`: how many before it shoppers start to buy.
    `about`: the day is computed, and in some countries it is declared a day earlier or later. `promote` False: a day of
    mourning or remembrance, on which nothing is promoted.
    """

    code: str
    name: Text
    on: date
    days_left: int
    lead_days: int
    words: dict[Language, tuple[str, ...]]
    shop_days: int = 0
    regions: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ("zh", "en")
    about: bool = False
    promote: bool = True

    @property
    def stock_up_on(self) -> date:
        """The day from which merchants buy."""
        return self.on - timedelta(days=self.lead_days)

    @property
    def in_season(self) -> bool:
        """Whether buyers are stocking up now."""
        return self.days_left <= self.lead_days

    def as_trend(self, language: Language) -> Trend:
        """The festival as a seasonal trend: heat 0..100, full from its lead time on, falling before."""
        nearness = 1.0 if self.in_season else self.lead_days / max(1, self.days_left)
        other: Language = "en" if language == "zh" else "zh"
        return Trend(
            source=SOURCE,
            title=f"{pick(self.name, language)} {self.on.year}",
            kind="seasonal",
            heat=round(100 * nearness, 2),
            observed_on=self.on - timedelta(days=self.days_left),
            language=language,
            keywords=(
                pick(self.name, language),
                *self.words.get(language, ())[:_WORDS_SHOWN],
                *self.words.get(other, ())[:_WORDS_SHOWN],
            ),
            description=self._says(language),
        )

    def _says(self, language: Language) -> str:
        if language == "zh":
            return f"{self.name['zh']}在 {self.on.isoformat()}，还有 {self.days_left} 天，通常提前 {self.lead_days} 天备货"
        return f"{self.name['en']} is on {self.on.isoformat()}, in {self.days_left} days; buyers stock up {self.lead_days} days ahead"


def lunar(month: int, day: int) -> Callable[[int], tuple[date, ...]]:
    """The day of the lunar calendar, in a Gregorian year: none, one or (for days late in the twelfth month) two."""

    def dates(year: int) -> tuple[date, ...]:
        from lunar_python import Lunar  # here, so that only who asks for dates needs the calendar layer

        found = (_solar(Lunar.fromYmd(lunar_year, month, day).getSolar()) for lunar_year in (year - 1, year))
        return tuple(day_found for day_found in found if day_found.year == year)

    return dates


def fixed(month: int, day: int) -> Callable[[int], tuple[date, ...]]:
    """The same day every year."""
    return lambda year: (date(year, month, day),)


def nth_weekday(month: int, weekday: int, nth: int, plus: int = 0) -> Callable[[int], tuple[date, ...]]:
    """The nth weekday (Monday 0) of a month, `plus` days later."""

    def dates(year: int) -> tuple[date, ...]:
        first = date(year, month, 1)
        return (first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1) + plus),)

    return dates


def _new_years_eve(year: int) -> tuple[date, ...]:
    return tuple(day - timedelta(days=1) for day in lunar(1, 1)(year))  # the last lunar month has 29 or 30 days


# lunar_python's table of a lunar year names the terms at its end in capitals.
_TERMS_AT_THE_END = {"冬至": "DONG_ZHI", "小寒": "XIAO_HAN", "大寒": "DA_HAN", "立春": "LI_CHUN", "雨水": "YU_SHUI", "惊蛰": "JING_ZHE"}


def solar_term(name: str) -> Callable[[int], tuple[date, ...]]:
    """The day of a solar term, by its Chinese name."""

    def dates(year: int) -> tuple[date, ...]:
        from lunar_python import Solar

        table = Solar.fromYmd(year, 6, 1).getLunar().getJieQiTable()
        found = {_solar(table[key]) for key in (name, _TERMS_AT_THE_END.get(name, name)) if key in table}
        return tuple(sorted(day for day in found if day.year == year))

    return dates


def lunar_new_year(plus: int) -> Callable[[int], tuple[date, ...]]:
    """So many days after (before, if negative) the lunar new year."""

    def dates(year: int) -> tuple[date, ...]:
        days = (day + timedelta(days=plus) for near in (year, year + 1) for day in lunar(1, 1)(near))
        return tuple(day for day in days if day.year == year)

    return dates


_HIJRI_EPOCH = date(622, 7, 19).toordinal()  # 1 Muharram of year 1 (16 July 622 of the Julian calendar)


def hijri(month: int, day: int) -> Callable[[int], tuple[date, ...]]:
    """A day of the tabular Islamic calendar (30-year cycle, civil epoch), in a Gregorian year.

    Countries declare the day by sighting the moon or by tables of their own: theirs may be a day earlier or later.
    """

    def dates(year: int) -> tuple[date, ...]:
        first = round((year - 622) * 33 / 32)
        days = (date.fromordinal(_hijri_ordinal(hijri_year, month, day)) for hijri_year in range(first - 1, first + 4))
        return tuple(found for found in days if found.year == year)

    return dates


def _hijri_ordinal(year: int, month: int, day: int) -> int:
    months = 29 * (month - 1) + month // 2  # 30 and 29 days in turn
    return _HIJRI_EPOCH + day - 1 + months + 354 * (year - 1) + (3 + 11 * year) // 30


def _solar(day: Any) -> date:
    return date(day.getYear(), day.getMonth(), day.getDay())


def easter(plus: int) -> Callable[[int], tuple[date, ...]]:
    """Western Easter Sunday (the anonymous Gregorian computus), `plus` days later."""

    def dates(year: int) -> tuple[date, ...]:
        golden, (century, rest) = year % 19, divmod(year, 100)
        leap, correction = divmod(century, 4)
        moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
        quarter, single = divmod(rest, 4)
        week = (32 + 2 * correction + 2 * quarter - moon - single) % 7
        late = (golden + 11 * moon + 22 * week) // 451
        month, day = divmod(moon + week - 7 * late + 114, 31)
        return (date(year, month, day + 1) + timedelta(days=plus),)

    return dates


def published(*days: date) -> Callable[[int], tuple[date, ...]]:
    """Dates from a list: festivals of calendars we do not compute."""
    return lambda year: tuple(day for day in days if day.year == year)


Dates = Callable[[int], tuple[date, ...]]
_KINDS: dict[str, Callable[..., Dates]] = {
    "lunar": lunar,
    "lunar_new_years_eve": lambda _: _new_years_eve,
    "lunar_new_year": lunar_new_year,
    "solar_term": solar_term,
    "hijri": hijri,
    "fixed": fixed,
    "weekday": nth_weekday,
    "easter": easter,
    "dates": published,
}


class _Rule(Model):
    code: str
    name: Text
    lead_days: int
    when: dict[str, Any]
    also: tuple[str, ...] = ()
    shop_days: int | None = None
    regions: tuple[str, ...] = ("CN",)
    promote: bool = True
    zh_words: tuple[str, ...] = ()
    en_words: tuple[str, ...] = ()

    def dates(self, year: int) -> tuple[date, ...]:
        ((kind, arguments),) = self.when.items()
        return _KINDS[kind](*(arguments if isinstance(arguments, list) else [arguments]))(year)


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    text = Path(__file__).with_name("festivals.yaml").read_text(encoding="utf-8")
    return tuple(_Rule.model_validate(entry) for entry in yaml.safe_load(text))


@lru_cache(maxsize=4096)
def _dates(code: str, year: int) -> tuple[date, ...]:
    """A festival's dates in a year: the lunar calendar takes milliseconds for each."""
    return next(rule for rule in _rules() if rule.code == code).dates(year)


def upcoming(today: date, days: int) -> list[Festival]:
    """The next date of every festival from today to `days` days ahead (both included), nearest first, days of mourning too."""
    last = today + timedelta(days=days)
    found = []
    for rule in _rules():
        dates = sorted(day for year in range(today.year, last.year + 1) for day in _dates(rule.code, year))
        following = next((day for day in dates if today <= day <= last), None)
        if following is not None:
            found.append(_festival(rule, following, today))
    return sorted(found, key=lambda festival: (festival.on, festival.code))


@lru_cache(maxsize=1)
def festival_names() -> tuple[str, ...]:
    """What festivals are called in texts, both languages."""
    return tuple(dict.fromkeys(name for rule in _rules() if rule.promote for name in (rule.name["zh"], rule.name["en"], *rule.also)))


@lru_cache(maxsize=1)
def festival_words() -> dict[str, tuple[str, ...]]:
    """By code, what a festival is called in texts of both languages, without what stands beside its name ("… (11.11)", "… holiday")."""
    return {
        rule.code: tuple(dict.fromkeys(_BESIDE.sub("", name) for name in (rule.name["zh"], rule.name["en"], *rule.also)))
        for rule in _rules()
        if rule.promote
    }


@lru_cache(maxsize=1)
def festival_goods() -> dict[str, tuple[str, ...]]:
    """By code, what is bought for a festival, in both languages."""
    return {rule.code: (*rule.zh_words, *rule.en_words) for rule in _rules() if rule.promote}


def festival_rules() -> list[tuple[str, Text, tuple[str, ...]]]:
    """(code, name, regions where it is kept) of every festival that is promoted."""
    return [(rule.code, rule.name, rule.regions) for rule in _rules() if rule.promote]


def festival_trends(today: date, days: int, language: Language) -> list[Trend]:
    """The festivals of the next `days` days as seasonal trends in one language, nearest first."""
    return [festival.as_trend(language) for festival in upcoming(today, days) if festival.promote]


def _festival(rule: _Rule, on: date, today: date) -> Festival:
    return Festival(
        code=rule.code,
        name=rule.name,
        on=on,
        days_left=(on - today).days,
        lead_days=rule.lead_days,
        words={"zh": rule.zh_words, "en": rule.en_words},
        shop_days=rule.lead_days // 2 if rule.shop_days is None else rule.shop_days,
        regions=rule.regions,
        languages=("zh",) if rule.regions == ("CN",) else ("en",) if "CN" not in rule.regions else ("zh", "en"),
        about="hijri" in rule.when,
        promote=rule.promote,
    )
