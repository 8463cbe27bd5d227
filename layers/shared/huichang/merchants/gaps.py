"""A theme with too little supply becomes a brief for the merchants who could supply it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from huichang.kernel.language import Language, Text, Told
from huichang.kernel.model import Model
from huichang.selection.model import Condition, RuleSet
from huichang.selection.rules import in_words
from huichang.themes.model import CampaignBrief, Theme

_SHOWN = 6


class SupplyGap(Model):
    """What a theme lacks. `conditions`: the brief's thresholds; `unsupported`: wishes that no indicator measures."""

    campaign_id: str
    venue_id: str = ""
    theme: str
    language: Language
    keywords: tuple[str, ...] = ()
    industry: str | None = None
    found: int
    needed: int
    missing: int
    categories: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    relaxed: tuple[Told, ...] = ()
    unsupported: tuple[str, ...] = ()
    most_dropped: str = ""
    brief: Text = {}
    promotion: str | None = None

    @property
    def price(self) -> tuple[float | None, float | None]:
        """(lowest, highest) unit price asked for; None where open."""
        low = [item.value for item in self.conditions if item.indicator == "price" and item.op[0] == ">"]
        high = [item.value for item in self.conditions if item.indicator == "price" and item.op[0] == "<"]
        return _number(low), _number(high)

    @property
    def benefits(self) -> tuple[str, ...]:
        """Codes of the yes/no indicators asked for."""
        return tuple(item.indicator for item in self.conditions if item.value is True)


def supply_gap(
    theme: Theme,
    brief: CampaignBrief,
    *,
    found: int,
    needed: int,
    rules: RuleSet | None = None,
    categories: Sequence[str] = (),
    dropped: dict[str, int] | None = None,
    venue_id: str = "",
) -> SupplyGap | None:
    """The gap of a theme and its recruiting brief in both languages; None where `found` is enough.

    `dropped`: a selection's counts of what was left out; the commonest reason is named. Raises nothing.
    """
    if found >= needed:
        return None
    rules = rules or RuleSet()
    lost = sorted((dropped or {}).items(), key=lambda item: (-item[1], item[0]))
    gap = SupplyGap(
        campaign_id=brief.campaign_id,
        venue_id=venue_id,
        theme=theme.name,
        language=brief.language,
        promotion=brief.promotion,
        keywords=theme.keywords,
        industry=theme.industry,
        found=max(0, found),
        needed=needed,
        missing=needed - max(0, found),
        categories=tuple(dict.fromkeys(categories)),
        conditions=rules.conditions,
        relaxed=rules.relaxed,
        unsupported=rules.unsupported,
        most_dropped=lost[0][0] if lost else "",
    )
    return gap.model_copy(update={"brief": write_brief(gap)})


def write_brief(gap: SupplyGap) -> Text:
    """The recruiting brief for merchants, zh and en: what is missing, which goods, on what terms."""
    return {"zh": _chinese(gap), "en": _english(gap)}


def _chinese(gap: SupplyGap) -> str:
    enrol = f"报名「{gap.promotion}」活动" if gap.promotion else "报名"
    lines = [f"「{gap.theme}」会场还缺 {gap.missing} 件商品（已有 {gap.found} 件，需要 {gap.needed} 件），诚邀商家{enrol}。"]
    if gap.keywords:
        lines.append(f"商品：{'、'.join(gap.keywords[:_SHOWN])}")
    if gap.categories:
        lines.append(f"类目：{'、'.join(gap.categories[:_SHOWN])}")
    if gap.conditions:
        lines.append(f"要求：{'；'.join(in_words(item, 'zh') for item in gap.conditions)}")
    if gap.unsupported:
        lines.append(f"另外希望：{'；'.join(gap.unsupported)}")
    return "\n".join(lines)


def _english(gap: SupplyGap) -> str:
    have = f"{gap.found} found, {gap.needed} needed"
    products = "product" if gap.missing == 1 else "products"
    enrol = f"enrol for {gap.promotion}" if gap.promotion else "enrol"
    lines = [f'The venue "{gap.theme}" lacks {gap.missing} {products} ({have}). Merchants are invited to {enrol}.']
    if gap.keywords:
        lines.append(f"Goods: {', '.join(gap.keywords[:_SHOWN])}")
    if gap.categories:
        lines.append(f"Categories: {', '.join(gap.categories[:_SHOWN])}")
    if gap.conditions:
        lines.append(f"Terms: {'; '.join(in_words(item, 'en') for item in gap.conditions)}")
    if gap.unsupported:
        lines.append(f"Also wished for: {'; '.join(gap.unsupported)}")
    return "\n".join(lines)


def _number(values: Sequence[object]) -> float | None:
    return next((float(value) for value in values if isinstance(value, (int, float))), None)
