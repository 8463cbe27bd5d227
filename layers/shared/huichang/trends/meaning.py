"""Whether a trend can become a promotion, and if not, which reason of a closed set it is (meaning.yaml).

Sensitive news never can: nothing overrules it, neither goods in the title nor a feed that says its industry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import yaml

from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.selection.words import han_runs
from huichang.trends.calendar import festival_names
from huichang.trends.lexicon import Found, WordMatcher, inside
from huichang.trends.trend import DropCode, SensitiveCode, Trend, Verdict

_HERE = Path(__file__).parent
SENSITIVE = frozenset(get_args(SensitiveCode))
# In a description only what no page may stand beside: politics and illness are mentioned in passing all the time.
_SENSITIVE_ANYWHERE = frozenset({"military", "disaster", "death", "crime", "minors", "adult", "gambling_drugs"})
_SHOWN = 5
# Shares of the title's letters and digits.
_GOODS_SHARE, _HELPED_SHARE, _SEASON_SHARE = 0.25, 0.15, 0.6


class Reason(Model):
    """A reason to drop a trend, in the operators' words."""

    code: DropCode
    sensitive: bool
    name: Text


class Hint(Model):
    """What a word of goods.yaml says. `industry` "" for several."""

    kind: Literal["goods", "scene", "season"]
    industry: str = ""


@cache
def reasons() -> tuple[Reason, ...]:
    """Every reason there is, in the order in which they are tried."""
    rules = (*_meaning().reasons, _meaning().no_product, _meaning().unsorted)
    return tuple(Reason(code=rule.code, sensitive=rule.sensitive, name={"zh": rule.zh, "en": rule.en}) for rule in rules)


def hints_in(texts: Iterable[str]) -> list[Found[Hint]]:
    """Goods, scenes and seasons named in the texts."""
    return [found for text in texts for found in _hinting().find(text)]


def is_seasonal(text: str) -> bool:
    """Whether a festival or a season is named, also within the name of goods (圣诞 in 圣诞树)."""
    return bool(_seasonal().find(text))


def sensitive_reason(trend: Trend) -> Verdict | None:
    """The sensitive reason against a trend, from its words or its feed's category; None where there is none."""
    found = _refusals(trend.title, SENSITIVE)
    found += _refusals(" | ".join(trend.keywords), SENSITIVE - {"minors"})  # 女童 is a size of clothes there
    found += _refusals(trend.description, _SENSITIVE_ANYWHERE)
    if not found and trend.verdict is not None and trend.verdict.drop in SENSITIVE:
        return trend.verdict
    return _first(found)


def judge(trend: Trend) -> Verdict:
    """Whether something can be promoted on it. What a mapping says of the feed's category stands in `trend.verdict`.

    A feed that names an industry, or goods as keywords, was made for selling: of its trends only the sensitive ones are dropped.
    """
    sensitive = sensitive_reason(trend)
    if sensitive is not None:
        return sensitive
    if trend.advertisement:
        return Verdict(drop="advertisement", because=("advertisement",))
    hints = hints_in([trend.title, *trend.keywords])
    named = tuple(dict.fromkeys(found.word for found in hints))[:_SHOWN]
    if (trend.sorting is not None and trend.sorting.by == "feed") or hints_in(trend.keywords):
        return Verdict(because=named or ((trend.industry,) if trend.industry else ()))
    own = hints_in([trend.title])
    against = [found for found in _refusals(trend.title, None) if not inside(found, own)]
    if against:
        return _first(against) or Verdict(drop="no_product")
    if trend.verdict is not None and trend.verdict.drop is not None:
        return trend.verdict
    if _is_remark(trend.title):
        return Verdict(drop="anecdote", because=(trend.title.split(" ")[0],))
    return Verdict(because=named) if own and _is_about_goods(trend, own) else Verdict(drop="no_product", because=named)


def _is_about_goods(trend: Trend, hints: Sequence[Found[Hint]]) -> bool:
    """Whether goods are what the title is about, not something that happens to lie about in the news.

    Goods, scenes and seasons must be a good part of the title's characters, less where people say that they want it or where the
    feed's own category is one of goods; a season alone must be nearly all of it.
    """
    appealing = bool(_appealing().find(trend.title))
    covered = len(set[int]().union(*(range(found.start, found.end) for found in hints)))
    share = covered / max(1, sum(char.isalnum() for char in trend.title))
    if all(found.label.kind == "season" for found in hints):
        return share >= (_SEASON_SHARE if not appealing else _GOODS_SHARE)
    return share >= (_HELPED_SHARE if appealing or trend.industry is not None else _GOODS_SHARE)


def _is_remark(title: str) -> bool:
    """ "<somebody> <remark>": how Chinese feeds write about people and parts in plays."""
    name, _, remark = title.partition(" ")
    return bool(remark) and 2 <= len(name) <= 6 and bool(han_runs(name)) and bool(han_runs(remark)) and not hints_in([name])


def _refusals(text: str, codes: frozenset[str] | None) -> list[Found[DropCode]]:
    if not text:
        return []
    covers = _innocent().find(text)
    return [found for found in _refusing().find(text) if (codes is None or found.label in codes) and not inside(found, covers)]


def _first(found: list[Found[DropCode]]) -> Verdict | None:
    if not found:
        return None
    order = {reason.code: place for place, reason in enumerate(reasons())}
    code = min((item.label for item in found), key=lambda label: order[label])
    words = tuple(dict.fromkeys(item.word for item in found if item.label == code))
    return Verdict(drop=code, because=words[:_SHOWN])


class _Rule(Model):
    code: DropCode
    sensitive: bool
    zh: str
    en: str
    words: tuple[tuple[str, ...], ...] = ()


class _Meaning(Model):
    innocent: tuple[tuple[str, ...], ...]
    reasons: tuple[_Rule, ...]
    no_product: _Rule
    unsorted: _Rule


class Goods(Model):
    """What stands in goods.yaml."""

    goods: dict[str, tuple[str, ...]]
    scenes: dict[str, str]
    seasons: tuple[str, ...]
    appeal: tuple[str, ...]
    hints: str


@cache
def _meaning() -> _Meaning:
    return _Meaning.model_validate(yaml.safe_load((_HERE / "meaning.yaml").read_text(encoding="utf-8")))


@cache
def goods() -> Goods:
    """The words from which goods follow."""
    return Goods.model_validate(yaml.safe_load((_HERE / "goods.yaml").read_text(encoding="utf-8")))


@cache
def _refusing() -> WordMatcher[DropCode]:
    return WordMatcher((word, rule.code) for rule in _meaning().reasons for group in rule.words for word in group)


@cache
def _innocent() -> WordMatcher[None]:
    return WordMatcher((word, None) for group in _meaning().innocent for word in group)


@cache
def _appealing() -> WordMatcher[None]:
    return WordMatcher((word, None) for word in goods().appeal)


@cache
def _seasonal() -> WordMatcher[None]:
    return WordMatcher((word, None) for word in (*festival_names(), *goods().seasons))


@cache
def _hinting() -> WordMatcher[Hint]:
    lists = goods()
    return WordMatcher(
        [
            *((word, Hint(kind="season")) for word in (*festival_names(), *lists.seasons)),
            *((word, Hint(kind="goods", industry=code)) for code, words in lists.goods.items() for word in words),
            *((word, Hint(kind="scene", industry=code)) for word, code in lists.scenes.items()),
        ]
    )


def news_words(most: int) -> dict[str, list[str]]:
    """For each reason its name and some of its words: what news of that kind is about."""
    return {
        rule.code: [rule.zh, rule.en, *[word for group in rule.words for word in group][:most]] for rule in _meaning().reasons if rule.words
    }
