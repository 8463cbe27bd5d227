"""Theme and goods to style preset: everything that speaks for one is worth points (scoring.yaml), and is told in both languages."""

from __future__ import annotations

import colorsys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field

from huichang.catalog.industries import load_industries
from huichang.kernel.language import Language, Text, both, detect_language, holds_word
from huichang.kernel.model import Model
from huichang.materials.styles.goods import GoodsMix, ShelfCount
from huichang.materials.styles.model import PriceLevel, Season, StyleChoice, StylePreset, StyleReason, StyleScore
from huichang.materials.styles.packages import StyleShelf, load_shelf
from huichang.selection.words import clean
from huichang.themes.model import Theme
from huichang.trends.calendar import festival_words

Share = Annotated[float, Field(ge=0, le=1)]
_MIN_SATURATION = 0.25
_SHOWN = 3
_NAME_CHARS = 40


class Scaled(Model):
    """Points times a share, from (or, for what must be rare, up to) a share on."""

    most: float
    from_: Annotated[Share, Field(alias="from")]


class Points(Model):
    """scoring.yaml, `points`: its comments say what each is for."""

    sign_in_name: float
    sign_around: float
    sign_in_goods: Scaled
    season_in_name: float
    season_around: float
    season_in_goods: Scaled
    season_by_date: float
    word_in_name: tuple[float, ...]
    word_around: tuple[float, ...]
    word_in_goods: Scaled
    against: Scaled
    goods: Scaled
    step: tuple[Share, ...]
    goods_by_industry: Share
    industry: float
    kind: float
    mood: float
    colour: Scaled
    price: float
    mixed: Scaled
    least: float


class ColourFamily(Model):
    """A colour: its words in products, and the hues in degrees in which a palette has it."""

    name: Text
    hues: tuple[int, int]
    words: tuple[str, ...]

    def holds(self, colour: str) -> bool:
        """Whether "#rrggbb" is of this family; greys are of none."""
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
        first, last = self.hues
        degrees = hue * 360
        inside = first <= degrees <= last if first <= last else degrees >= first or degrees <= last
        return inside and saturation >= _MIN_SATURATION


class Scoring(Model):
    """scoring.yaml."""

    points: Points
    seasons: dict[Season, tuple[str, ...]]
    not_: Annotated[tuple[str, ...], Field(alias="not")]
    prices: dict[str, tuple[float, float]]
    colours: tuple[ColourFamily, ...]


@cache
def load_scoring() -> Scoring:
    """The points. Raises pydantic.ValidationError when the file is wrong."""
    return Scoring.model_validate(yaml.safe_load(Path(__file__).with_name("scoring.yaml").read_text(encoding="utf-8")))


def match_style(
    theme: Theme, goods: GoodsMix, *, tone: str = "", starts: date | None = None, shelf: StyleShelf | None = None
) -> StyleChoice:
    """The preset that the theme's occasion, words and goods speak for most, why, and what else they speak for.

    `tone`: how the brief wants it to sound; `starts`: when the promotion begins; `shelf`: the presets, else those that ship.
    """
    known = shelf or load_shelf()
    ranked = score_styles(theme, goods, tone=tone, starts=starts, presets=known.presets)
    if not ranked or ranked[0].score < load_scoring().points.least:
        nothing = both("没有哪个风格与这个主题或商品特别相符，用中性的默认风格", "nothing speaks clearly for a preset: the neutral default")
        best = StyleScore(
            style_id=known.default.id, score=0, reasons=(StyleReason(code="default", points=0, said=nothing),)
        )  # fmt: skip
    else:
        best = ranked[0]
    return StyleChoice(
        style_id=best.style_id,
        version=known.presets[best.style_id].version,
        score=best.score,
        reasons=best.reasons,
        others=tuple(score for score in ranked if score.style_id != best.style_id),
    )


def score_styles(
    theme: Theme, goods: GoodsMix, *, tone: str = "", starts: date | None = None, presets: Mapping[str, StylePreset]
) -> list[StyleScore]:
    """Every preset that something speaks for, the best first; equals in the order of their ids."""
    case = _Case(theme, goods, tone, starts)
    scored = []
    for preset in presets.values():
        reasons = sorted(case.reasons(preset), key=lambda reason: -reason.points)
        if reasons:
            total = round(sum(reason.points for reason in reasons), 3)
            scored.append(StyleScore(style_id=preset.id, score=total, reasons=tuple(reasons)))
    return sorted(scored, key=lambda score: (-score.score, score.style_id))


class _Case:
    """One theme and its goods, looked at once for all presets."""

    def __init__(self, theme: Theme, goods: GoodsMix, tone: str, starts: date | None) -> None:
        self.scoring = load_scoring()
        self.points = self.scoring.points
        self.theme, self.goods, self.tone = theme, goods, tone
        tabs = [part for tab in theme.subthemes for part in (tab.name, *tab.keywords)]
        cited = [each.said for each in theme.evidence if each.kind == "trend"]
        self.around = " | ".join([theme.slogan, *theme.keywords, *tabs, *cited])
        self.season_in_name = self._season(theme.name)
        self.season_around = self._season(self.around)
        self.season_in_goods = self._season_of_goods()
        self.season_by_date: Season | None = _SEASON_OF_MONTH[starts.month] if starts else None
        self.colour = self._colour_of_goods()
        self.price = self._price_level()

    def reasons(self, preset: StylePreset) -> Iterator[StyleReason]:
        """What speaks for the preset."""
        found = [
            *self._signs(preset),
            *self._seasons(preset),
            *self._words(preset),
            *self._goods(preset),
            *self._industry(preset),
            *self._mood(preset),
            *self._mixed(preset),
        ]
        yield from found
        yield from self._against(preset)
        if found:  # what fits many presets speaks for none of them by itself
            yield from self._kind(preset)
            yield from self._colours(preset)
            yield from self._price(preset)

    def _signs(self, preset: StylePreset) -> Iterator[StyleReason]:
        words = _signs_of(preset)
        if said := _held(self.theme.name, words):
            yield _reason("sign", self.points.sign_in_name, f"主题名点明了{_zh(said)}", f"the theme's name calls for it: {_en(said)}")
        elif said := _held(self.around, words):
            yield _reason("sign", self.points.sign_around, f"主题内容提到{_zh(said)}", f"the theme speaks of {_en(said)}")
        yield from self._said_by_goods("sign", words, self.points.sign_in_goods)

    def _seasons(self, preset: StylePreset) -> Iterator[StyleReason]:
        zh = "、".join(_SEASON_ZH[season] for season in preset.tags.seasons)
        en = " and ".join(preset.tags.seasons)
        if self.season_in_name & set(preset.tags.seasons):
            yield _reason("season", self.points.season_in_name, f"主题名说的是{zh}", f"the theme's name speaks of {en}")
        elif self.season_around & set(preset.tags.seasons):
            yield _reason("season", self.points.season_around, f"主题内容说的是{zh}", f"the theme speaks of {en}")
        elif self.season_by_date in preset.tags.seasons:
            yield _reason("season", self.points.season_by_date, f"活动在{zh}开始", f"the promotion starts in {en}")
        for season, share in self.season_in_goods.items():
            if season in preset.tags.seasons and share >= self.points.season_in_goods.from_:
                yield _reason(
                    "season",
                    self.points.season_in_goods.most * share,
                    f"{share:.0%} 的商品是{_SEASON_ZH[season]}款",
                    f"{share:.0%} of the products are for {season}",
                )

    def _words(self, preset: StylePreset) -> Iterator[StyleReason]:
        words = tuple(dict.fromkeys((*preset.tags.words, *preset.tags.goods)))
        in_name = _held(self.theme.name, words)
        if in_name:
            points = sum(self.points.word_in_name[: len(in_name)])
            yield _reason("word", points, f"主题名提到{_zh(in_name)}", f"the theme's name says {_en(in_name)}")
        around = [word for word in _held(self.around, words) if word not in in_name]
        if around:
            points = sum(self.points.word_around[: len(around)])
            yield _reason("word", points, f"关键词提到{_zh(around)}", f"its keywords say {_en(around)}")

        yield from self._said_by_goods("word", preset.tags.words, self.points.word_in_goods)

    def _against(self, preset: StylePreset) -> Iterator[StyleReason]:
        points, words = self.points.against, preset.tags.against
        if said := _held(self.theme.name, words):
            yield _reason(
                "against", points.most, f"不适合{_zh(said)}（主题名）", f"it does not suit {_en(said)}, which the theme's name says"
            )
        else:
            yield from self._said_by_goods("against", words, points)

    def _said_by_goods(self, code: str, words: Sequence[str], points: Scaled) -> Iterator[StyleReason]:
        """What runs through titles and attributes of the products."""
        counts = Counter(word for text in self.goods.texts for word in _held(text, words))
        telling = sum(any(holds_word(text, word) for word in counts) for text in self.goods.texts)
        share = telling / len(self.goods.texts) if telling else 0.0
        if share >= points.from_:
            said = sorted(counts, key=lambda word: (-counts[word], word))
            zh, en = f"{share:.0%} 的商品写着{_zh(said)}", f"{share:.0%} of the products say {_en(said)}"
            if points.most < 0:
                zh, en = f"{zh}，它不适合", f"{en}, which it does not suit"
            yield _reason(code, points.most * share, zh, en)

    def _goods(self, preset: StylePreset) -> Iterator[StyleReason]:
        if not self.goods.total:
            return
        told: dict[tuple[str, ...], int] = {}
        worth = count = 0.0
        for shelf in self.goods.shelves:
            strength, name = self._strength(shelf, preset)
            if strength:
                worth += strength * shelf.count
                count += shelf.count
                told[name] = told.get(name, 0) + shelf.count
        share = count / self.goods.total
        if share < self.points.goods.from_:
            return
        names = sorted(told, key=lambda name: (-told[name], name))[:_SHOWN]
        points = self.points.goods.most * worth / self.goods.total
        zh, en = _zh([_named(name, "zh") for name in names]), _en([_named(name, "en") for name in names])
        yield _reason("goods", points, f"{share:.0%} 的商品属于{zh}", f"{share:.0%} of the products are {en}")

    def _strength(self, shelf: ShelfCount, preset: StylePreset) -> tuple[float, tuple[str, ...]]:
        """How much a product on this shelf suits the preset, 0..1, and the names of the step that says so."""
        if any(_held(name, preset.tags.against) for step in shelf.steps for name in step):
            return 0.0, ()
        for height, step in enumerate(reversed(shelf.steps)):
            if any(_held(name, preset.tags.goods) for name in step):
                return self.points.step[min(height, len(self.points.step) - 1)], step
        if shelf.industry is not None and shelf.industry in preset.tags.industries:
            name = _industries()[shelf.industry]
            return self.points.goods_by_industry, (name["zh"], name["en"])
        return 0.0, ()

    def _industry(self, preset: StylePreset) -> Iterator[StyleReason]:
        if self.theme.industry is not None and self.theme.industry in preset.tags.industries:
            name = _industries()[self.theme.industry]
            yield _reason("industry", self.points.industry, f"主题属于{name['zh']}", f"the theme is of {name['en']}")

    def _kind(self, preset: StylePreset) -> Iterator[StyleReason]:
        if self.theme.kind in preset.tags.kinds:
            zh = {"seasonal": "时令节日", "event": "时事热点", "industry": "行业趋势"}.get(self.theme.kind, self.theme.kind)
            yield _reason("kind", self.points.kind, f"主题类型是{zh}", f"the theme is {_KIND_EN.get(self.theme.kind, self.theme.kind)}")

    def _mood(self, preset: StylePreset) -> Iterator[StyleReason]:
        if said := _held(self.tone, preset.tags.moods):
            yield _reason("mood", self.points.mood, f"需求里的语气是{_zh(said)}", f"the brief wants it {_en(said)}")

    def _mixed(self, preset: StylePreset) -> Iterator[StyleReason]:
        largest = self.goods.concentration
        if preset.tags.mixed and self.goods.total and largest <= self.points.mixed.from_:
            points = self.points.mixed.most * (1 - largest)
            yield _reason(
                "mixed", points, f"商品很杂，最大的一类只占 {largest:.0%}", f"the goods are mixed: the largest kind is {largest:.0%}"
            )

    def _colours(self, preset: StylePreset) -> Iterator[StyleReason]:
        if self.colour is None:
            return
        family, share = self.colour
        if any(family.holds(preset.palette[name]) for name in ("hero", "hero_2", "ground", "accent")):
            points = self.points.colour.most * share
            yield _reason(
                "colour",
                points,
                f"{share:.0%} 的商品是{family.name['zh']}，与配色相合",
                f"{share:.0%} of the products are {family.name['en']}, as its palette",
            )

    def _price(self, preset: StylePreset) -> Iterator[StyleReason]:
        if self.price is not None and self.price in preset.tags.prices:
            zh = {"low": "低", "middle": "中等", "high": "高"}[self.price]
            yield _reason("price", self.points.price, f"商品价位{zh}", f"the goods are of a {self.price} price")

    def _season(self, text: str) -> set[Season]:
        text = text.casefold()
        for word in (*self.scoring.not_, *_festival_names()):
            text = text.replace(word.casefold(), " ")
        return {season for season, words in self.scoring.seasons.items() if _held(text, words)}

    def _season_of_goods(self) -> dict[Season, float]:
        found: dict[Season, float] = {}
        for text in self.goods.texts:
            for season in self._season(text):
                found[season] = found.get(season, 0) + 1 / len(self.goods.texts)
        return found

    def _colour_of_goods(self) -> tuple[ColourFamily, float] | None:
        counts = [
            (sum(count for said, count in self.goods.colours.items() if _held(said, family.words)), family)
            for family in self.scoring.colours
        ]
        count, family = max(counts, key=lambda entry: entry[0])
        share = count / self.goods.total if self.goods.total else 0.0
        return (family, share) if share >= self.points.colour.from_ else None

    def _price_level(self) -> PriceLevel | None:
        levels = self.scoring.prices.get(self.goods.currency)
        if levels is None or self.goods.median_price is None:
            return None
        low, high = levels
        return "low" if self.goods.median_price <= low else "high" if self.goods.median_price >= high else "middle"


_SEASONS: tuple[Season, ...] = ("winter", "spring", "summer", "autumn")
_SEASON_OF_MONTH: Mapping[int, Season] = {month: _SEASONS[month % 12 // 3] for month in range(1, 13)}
_SEASON_ZH: Mapping[Season, str] = {"spring": "春天", "summer": "夏天", "autumn": "秋天", "winter": "冬天"}
_KIND_EN: Mapping[str, Literal["seasonal", "about current events", "an industry's trend"]] = {
    "seasonal": "seasonal",
    "event": "about current events",
    "industry": "an industry's trend",
}


def _signs_of(preset: StylePreset) -> tuple[str, ...]:
    known = festival_words()
    return tuple(dict.fromkeys([*preset.tags.signs, *(word for code in preset.tags.festivals for word in known[code])]))


@cache
def _festival_names() -> tuple[str, ...]:
    """Longest first, so that what is left of a long one is not taken for a short one."""
    return tuple(sorted({word for words in festival_words().values() for word in words}, key=lambda word: (-len(word), word)))


@cache
def _industries() -> dict[str, Text]:
    return {industry.code: both(industry.zh, industry.en) for industry in load_industries()}


def _named(names: Sequence[str], language: Language) -> str:
    """The name in this language, or another where there is none; merchants wrote it, so it is cleaned and cut."""
    return clean(next((name for name in names if detect_language(name) == language), names[0]), _NAME_CHARS)


def _held(text: str, words: Iterable[str]) -> list[str]:
    """The words that the text holds, without those that only stand within another one of them."""
    found = {word.casefold(): word for word in words if holds_word(text, word)}
    return [word for folded, word in found.items() if not any(folded != other and folded in other for other in found)]


def _reason(code: str, points: float, zh: str, en: str) -> StyleReason:
    return StyleReason.model_validate({"code": code, "points": round(points, 3), "said": both(zh, en)})


def _zh(words: list[str]) -> str:
    return "、".join(f"「{word}」" for word in words[:_SHOWN])


def _en(words: list[str]) -> str:
    return ", ".join(words[:_SHOWN])
