"""Theme to template, by the rules that designers wrote into the manifests."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from huichang.catalog.product import Product
from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Language, both, holds_word, pick
from huichang.pages.model import MatchRule, TemplateChoice, TemplateManifest, TemplateReason, TemplateScore
from huichang.themes.model import Signal, Theme

_NEW_DAYS = 30


@dataclass(frozen=True)
class Asked:
    """What rules are held against: the theme, the products counted once, and what the brief says beside them."""

    theme: Theme
    language: Language
    products: Sequence[Product]
    tone: str = ""
    signal: Signal = ""
    ends: bool = False

    @property
    def said(self) -> str:
        """The theme's words."""
        return " | ".join([self.theme.name, *self.theme.keywords, *(sub.name for sub in self.theme.subthemes)])


@dataclass(frozen=True)
class Distribution:
    """Shares (0 to 1) and prices of a theme's products, as MatchRule speaks of them. None: cannot be told."""

    count: int
    median_price: float | None
    spread: float | None
    top_share: float
    department_share: float
    reduced_share: float
    new_share: float
    terms: tuple[tuple[int, int], ...]
    """(smallest order, price steps) of each product."""

    @classmethod
    def of(cls, products: Sequence[Product]) -> Distribution:
        """Counted from products."""
        total = len(products)
        prices = sorted(float(product.price.amount) for product in products)
        one_currency = len({product.currency for product in products}) == 1
        new = sum(product.listed_days is not None and product.listed_days <= _NEW_DAYS for product in products)
        reduced = sum(product.list_price is not None and product.list_price > product.price.amount for product in products)
        return cls(
            count=total,
            median_price=statistics.median(prices) if one_currency else None,
            spread=_percentile(prices, 0.9) / _percentile(prices, 0.1) if one_currency and total > 1 else None,
            top_share=_largest(product.category_path for product in products),
            department_share=_largest(product.category_path[:1] for product in products),
            reduced_share=reduced / total if total else 0.0,
            new_share=new / total if total else 0.0,
            terms=tuple((max(product.moq, product.tiers[0].min_quantity), len(product.tiers)) for product in products),
        )

    def tiered_share(self, moq_from: int) -> float:
        """Share of the products that are sold in steps or from so many pieces on."""
        return sum(moq >= moq_from or steps > 1 for moq, steps in self.terms) / self.count if self.count else 0.0


def choose_template(
    theme: Theme,
    language: Language,
    products: Sequence[Product],
    manifests: Mapping[str, TemplateManifest],
    *,
    tone: str = "",
    signal: Signal = "",
    ends: bool = False,
) -> TemplateChoice:
    """The template whose holding rules weigh most, with its reasons and all the others, the runner-up first. Ties go to the lower id.

    `tone`, `signal`: the brief's. `ends`: whether the promotion has an end. Raises PermanentError when there is no template at all.
    """
    if not manifests:
        raise PermanentError("no template package is installed", where="page_templates")
    asked = Asked(theme, language, products, tone, signal, ends)
    goods = Distribution.of(products)
    ranked = sorted((_score(manifest, asked, goods) for manifest in manifests.values()), key=lambda each: (-each.score, each.template_id))
    best, others = ranked[0], ranked[1:]
    reasons = best.reasons or (TemplateReason(points=best.score, said=_NO_RULE),)
    return TemplateChoice(
        template_id=best.template_id,
        version=manifests[best.template_id].version,
        score=best.score,
        reasons=tuple(pick(reason.said, language) for reason in reasons),
        runner_up=_in_words(others[0], language) if others else "",
        why=reasons,
        others=tuple(others),
    )


def holds(rule: MatchRule, asked: Asked, goods: Distribution) -> bool:
    """Whether every field the rule gives holds. Prices are compared in the products' own currency, and hold for none of mixed ones."""
    return _said(rule, asked) and _counted(rule, goods)


_NO_RULE = both("没有规则命中，用基础分最高的模板", "no rule held: the heaviest template without one")


def _said(rule: MatchRule, asked: Asked) -> bool:
    theme = asked.theme
    return not (
        (rule.theme_kinds and theme.kind not in rule.theme_kinds)
        or (rule.industries and theme.industry not in rule.industries)
        or (rule.words and not _any(asked.said, rule.words))
        or (rule.name_words and not _any(theme.name, rule.name_words))
        or (rule.moods and not _any(asked.tone, rule.moods))
        or (rule.signals and asked.signal not in rule.signals)
        or (rule.languages and asked.language not in rule.languages)
        or (rule.ends is not None and asked.ends != rule.ends)
    )


def _counted(rule: MatchRule, goods: Distribution) -> bool:
    least: tuple[tuple[float | None, float | None], ...] = (
        (goods.count, rule.min_products),
        (goods.spread, rule.min_spread),
        (goods.top_share, rule.min_top_share),
        (goods.department_share, rule.min_department_share),
        (goods.tiered_share(rule.moq_from), rule.min_tiered_share),
        (goods.reduced_share, rule.min_reduced_share),
        (goods.new_share, rule.min_new_share),
    )
    most: tuple[tuple[float | None, float | None], ...] = (
        (goods.count, rule.max_products),
        (goods.median_price, rule.max_median_price),
        (goods.top_share, rule.max_top_share),
        (goods.department_share, rule.max_department_share),
    )
    reaches = all(limit is None or (value is not None and value >= limit) for value, limit in least)
    return reaches and all(limit is None or (value is not None and value <= limit) for value, limit in most)


def _score(manifest: TemplateManifest, asked: Asked, goods: Distribution) -> TemplateScore:
    held = sorted((rule for rule in manifest.rules if holds(rule, asked, goods)), key=lambda rule: -rule.weight)
    score = manifest.base_weight + sum(rule.weight for rule in held)
    reasons = tuple(TemplateReason(points=rule.weight, said=rule.because) for rule in held)
    return TemplateScore(template_id=manifest.id, score=round(score, 3), reasons=reasons)


def _any(text: str, words: Iterable[str]) -> bool:
    return any(holds_word(text, word) for word in words)


def _largest(shelves: Iterable[tuple[str, ...]]) -> float:
    counts = Counter(shelves)
    return max(counts.values()) / counts.total() if counts else 0.0


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _in_words(score: TemplateScore, language: Language) -> str:
    nothing = {"zh": "没有规则命中", "en": "no rule held"}[language]
    return f"{score.template_id} ({score.score:g}): {'; '.join(pick(each.said, language) for each in score.reasons) or nothing}"
