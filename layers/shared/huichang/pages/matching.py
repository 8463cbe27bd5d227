"""Theme to template, by the rules that designers wrote into the manifests."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from huichang.catalog.product import Product
from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Language, holds_word
from huichang.pages.model import MatchRule, TemplateChoice, TemplateManifest
from huichang.themes.model import Theme


def choose_template(
    theme: Theme,
    language: Language,
    products: Sequence[Product],
    manifests: Mapping[str, TemplateManifest],
) -> TemplateChoice:
    """The template whose holding rules weigh most, with its reasons and the runner-up. Ties go to the lower id.

    Raises PermanentError when there is no template at all.
    """
    if not manifests:
        raise PermanentError("no template package is installed", where="page_templates")
    scored: list[tuple[float, str, tuple[str, ...]]] = []
    for manifest in manifests.values():
        held = [rule for rule in manifest.rules if holds(rule, theme, language, products)]
        score = manifest.base_weight + sum(rule.weight for rule in held)
        scored.append((score, manifest.id, tuple(rule.because for rule in held)))
    scored.sort(key=lambda entry: (-entry[0], entry[1]))
    score, template_id, reasons = scored[0]
    return TemplateChoice(
        template_id=template_id,
        version=manifests[template_id].version,
        score=round(score, 3),
        reasons=reasons or ("no rule held: the heaviest template without one",),
        runner_up=_in_words(scored[1]) if len(scored) > 1 else "",
    )


def holds(rule: MatchRule, theme: Theme, language: Language, products: Sequence[Product]) -> bool:
    """Whether every field the rule gives holds. A median price is compared in the products' own currency."""
    said = " | ".join([theme.name, *theme.keywords, *(sub.name for sub in theme.subthemes)])
    if rule.theme_kinds and theme.kind not in rule.theme_kinds:
        return False
    if rule.industries and theme.industry not in rule.industries:
        return False
    if rule.words and not any(holds_word(said, word) for word in rule.words):
        return False
    if rule.languages and language not in rule.languages:
        return False
    if rule.min_products is not None and len(products) < rule.min_products:
        return False
    if rule.max_median_price is not None:
        return bool(products) and statistics.median(float(p.price.amount) for p in products) <= rule.max_median_price
    return True


def _in_words(entry: tuple[float, str, tuple[str, ...]]) -> str:
    score, template_id, reasons = entry
    return f"{template_id} ({score:g}): {'; '.join(reasons) or 'no rule held'}"
