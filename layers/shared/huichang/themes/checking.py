"""A proposal is believed in nothing: name, citations, stock, merchants, prices and repetition are checked one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huichang.kernel.language import Language, Text, both
from huichang.kernel.model import Model
from huichang.selection.conditions import in_words
from huichang.selection.eligibility import eligibility
from huichang.selection.model import Condition
from huichang.selection.words import IndustryEntry, clean, clean_words, fold, han_runs, similarity, without_scenes
from huichang.themes.depth import Depth, StockDepth, tabs
from huichang.themes.digest import Digest, Fact
from huichang.themes.gate import Refusal, ThemeGate
from huichang.themes.limits import PlanningLimits
from huichang.themes.model import CampaignBrief, Evidence, ProposedTheme, RejectedTheme, RejectionCode, SubTheme, Theme
from huichang.themes.naming import MAX_EN_WORDS, MAX_ZH, fitted_name
from huichang.themes.overlap import estimated_jaccard, jaccard, signature
from huichang.trends.trend import Trend

_MAX_FACTS = 4
_LEAST_NAME = 2
_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_PRICED = re.compile(r"\d|元|块|¥|\$|price|cheap|低价|平价|特价|一口价", re.IGNORECASE)
_NAME_REASONS = {
    "empty": ("没有可读的名称", "it has no readable name"),
    "language": ("名称不是页面的语言", "its name is not in the page's language"),
    "too_long": (f"名称超过 {MAX_ZH} 个字", f"its name has more than {MAX_EN_WORDS} words"),
    "jargon": ("名称里只有批发行话", "its name is nothing but the trade's jargon"),
}
_MENDS: dict[str, tuple[str, str]] = {
    "short_of_stock": ("导入或招商更多这类商品，或把想法写得宽一些", "import or enrol more such products, or word the idea more widely"),
    "conditions_unmet": ("放宽条件，或导入、招商更多符合条件的商品", "loosen the conditions, or import or enrol more goods that meet them"),
    "few_merchants": ("为这个主题招商，让更多商家报名", "recruit more merchants for this theme"),
    "one_price": ("加入更多价位的商品，或换一个主题", "add products at other prices, or choose another theme"),
    "duplicate": ("先下线已有的那个会场，或换一个角度", "retire the venue that has this theme, or ask for another angle"),
    "unknown_trend": ("导入这条趋势，或换一个有依据的主题", "import that trend, or choose a theme with evidence"),
    "denied": ("这类内容不能做促销，请换一个主题", "this may not be promoted; choose another theme"),
    "bad_name": ("再规划一次，或自己写出主题的名称", "plan again, or say the theme's name yourself"),
    "over_count": ("需要更多会场时，把会场数量改大", "raise the number of venues if you want it too"),
}


class LiveVenue(Model):
    """A venue that buyers can open or that is being built: a new theme must not repeat it."""

    name: str
    venue_id: str = ""
    signature: tuple[int, ...] = ()


@dataclass(frozen=True)
class Kept:
    """A theme that passed, and what was counted for it."""

    theme: Theme
    depth: Depth


@dataclass(frozen=True)
class Ground:
    """What a proposal is checked against."""

    brief: CampaignBrief
    trends: Mapping[str, Trend]
    digest: Digest
    live: Sequence[LiveVenue]


class Checker:
    """Checks proposals one after the other; the order they come in decides between two that repeat each other."""

    def __init__(self, depth: StockDepth, industries: Sequence[IndustryEntry], gate: ThemeGate, limits: PlanningLimits) -> None:
        self._depth = depth
        self._industries = frozenset(entry.code for entry in industries)
        self._gate = gate
        self._limits = limits

    def check(
        self, proposal: ProposedTheme, ground: Ground, kept: Sequence[Kept], conditions: Sequence[Condition] = ()
    ) -> Kept | RejectedTheme | None:
        """The theme with what was counted, why it is not built, or None where nothing readable is left to report.

        `conditions`: what enough of its goods must meet.
        """
        brief, language = ground.brief, ground.brief.language
        shown = clean(proposal.name[:400], 60)
        keywords = clean_words(proposal.keywords, limit=20)
        if not keywords or not any(char.isalnum() for char in shown):
            return None
        if denial := next((each for each in self._gate.refuses((shown, clean(proposal.slogan, 80), *keywords)) if each.denied), None):
            return refused(shown, "denied", _told(denial))
        name, why = fitted_name(proposal.name, language)
        if why:
            return refused(shown, "bad_name", both(*_NAME_REASONS[why]))
        sector = next((code for code in (proposal.industry, *brief.industries) if code in self._industries), None)
        if unlawful := self._gate.refuses((name,), sector, brief.campaign_id):
            # The words are cut out or replaced where a name is left; the model is told, where none is.
            name, why = fitted_name(self._gate.mended(name, sector, brief.campaign_id), language)
            if why or len(name) < _LEAST_NAME:
                return refused(shown, "bad_name", _told(unlawful[0]))
        if len(kept) >= brief.venues:
            text = both(f"只需要 {brief.venues} 个会场", f"only {brief.venues} were asked for")
            return refused(name, "over_count", text)
        cited = [ground.trends[trend_id] for trend_id in dict.fromkeys(proposal.trend_ids) if trend_id in ground.trends]
        about = next((subject for subject in brief.subjects if fold(subject) == fold(proposal.about)), "")
        subjects = (about,) if about else brief.subjects
        if not any(map(without_scenes, (*subjects, *keywords))):
            # An occasion and no goods at all; what is bought for it stands in the trend that was cited.
            keywords = clean_words([*keywords, *(word for trend in cited for word in trend.keywords)], limit=40)
        depth, products = self._depth.measured(
            keywords,
            eligibility(brief),
            subjects=subjects,
            audience=brief.audience,
            conditions=conditions,
            minimum=self._limits.min_products,
        )
        facts = _facts(proposal, ground.digest, depth)
        supported = cited or any(fact.id in proposal.fact_ids for fact in facts) or depth.anchored
        if proposal.trend_ids and not supported:
            told = ", ".join(clean(trend_id, 40) for trend_id in proposal.trend_ids[:3])
            text = both(f"引用的趋势不存在（{told}），也没有别的依据", f"it cites trends that do not exist ({told}) and nothing else")
            return refused(name, "unknown_trend", text)
        refusal = self._thin(ground, name, keywords, depth) or self._repeats(ground, name, depth, kept)
        if refusal is not None:
            return refusal
        if (refusal := self._unmet(name, depth, conditions)) is not None:
            return refusal
        kinds = [trend.kind for trend in cited]
        subthemes = tabs(self._sayable(_proposed_tabs(proposal), sector, brief), products, self._limits.min_floor, name, language)
        return Kept(
            Theme(
                name=name,
                slogan=self._gate.mended(self._slogan(proposal, ground), sector, brief.campaign_id),
                industry=self._industry(proposal, brief, facts),
                kind=next((kind for kind in kinds if kind == proposal.kind), kinds[0]) if kinds else "created",
                keywords=keywords,
                subthemes=subthemes,
                trend_ids=tuple(trend.id for trend in cited),
                reason=clean(proposal.reason, 400),
                stock_depth=depth.count,
                about=about,
                text=clean(proposal.text, 600),
                evidence=(
                    *(Evidence(kind="trend", id=trend.id, said=clean(trend.title, 200)) for trend in cited),
                    *(fact.as_evidence(language) for fact in facts),
                ),
                price_low=depth.price_low,
                price_high=depth.price_high,
                currency=depth.currency,
                merchants=depth.merchants,
                signature=signature(depth.product_ids),
            ),
            depth,
        )

    def _industry(self, proposal: ProposedTheme, brief: CampaignBrief, facts: Sequence[Fact]) -> str | None:
        if proposal.industry in self._industries:
            return proposal.industry
        counted = next((fact.industry for fact in facts if fact.industry), None)
        return brief.industries[0] if brief.industries else counted

    def _sayable(self, proposed: list[SubTheme], sector: str | None, brief: CampaignBrief) -> list[SubTheme]:
        """Tabs with names that may stand on a page; one whose words leave no name is none."""
        named = ((tab, self._gate.mended(tab.name, sector, brief.campaign_id)) for tab in proposed)
        return [tab.model_copy(update={"name": name}) for tab, name in named if name]

    def _slogan(self, proposal: ProposedTheme, ground: Ground) -> str:
        """A slogan in another language than the page's is no slogan."""
        slogan = clean(proposal.slogan, 80)
        return "" if bool(han_runs(slogan)) != (ground.brief.language == "zh") else slogan

    def _thin(self, ground: Ground, name: str, keywords: Sequence[str], depth: Depth) -> RejectedTheme | None:
        brief, limits = ground.brief, self._limits
        words = {language: separator.join(keywords[:6]) for language, separator in (("zh", "、"), ("en", ", "))}
        if depth.count < limits.min_products:
            text = both(
                f"在售商品里只找到 {depth.count} 件与「{words['zh']}」相符，至少需要 {limits.min_products} 件",
                f"only {depth.count} products on sale match {words['en']!r}; at least {limits.min_products} are needed",
            )
            return refused(name, "short_of_stock", text, products=depth.count, needed=limits.min_products)
        needed = min(limits.min_merchants, max(1, ground.digest.merchants))
        if depth.merchants < needed:
            text = both(
                f"{depth.count} 件商品只来自 {depth.merchants} 家商家，至少需要 {needed} 家",
                f"its {depth.count} products come from {depth.merchants} merchant; at least {needed} are needed",
            )
            return refused(name, "few_merchants", text, products=depth.count, merchants=depth.merchants, needed=needed)
        priced = any(_PRICED.search(constraint) for constraint in brief.constraints)
        if depth.price_low and depth.price_high and ground.digest.prices_differ and not priced:
            ratio = depth.price_high / depth.price_low
            if ratio < limits.min_price_ratio:
                text = both(
                    f"{depth.count} 件商品几乎同价（{depth.price_low:g}–{depth.price_high:g} {depth.currency}）",
                    f"its {depth.count} products cost the same ({depth.price_low:g}-{depth.price_high:g} {depth.currency})",
                )
                return refused(name, "one_price", text, price_low=depth.price_low, price_high=depth.price_high)
        return None

    def _unmet(self, name: str, depth: Depth, conditions: Sequence[Condition]) -> RejectedTheme | None:
        """Enough goods, but not enough that a venue could show: the brief's conditions, twins and absurd prices counted."""
        needed = self._limits.min_products
        if depth.showable >= needed:
            return None
        figures = {"products": depth.count, "showable": depth.showable, "needed": needed}
        if not conditions:
            text = both(
                f"{depth.count} 件相符的商品里，去掉重复和异常价后只剩 {depth.showable} 件，至少需要 {needed} 件",
                f"of {depth.count} matching products {depth.showable} are left without twins and absurd prices; {needed} are needed",
            )
            return refused(name, "short_of_stock", text, **figures)
        asked = {language: "; ".join(in_words(each, language) for each in conditions) for language in _LANGUAGES}
        text = both(
            f"{depth.count} 件相符的商品里只有 {depth.showable} 件满足条件（{asked['zh']}），至少需要 {needed} 件",
            f"of {depth.count} matching products {depth.showable} meet the conditions ({asked['en']}); at least {needed} are needed",
        )
        return refused(name, "conditions_unmet", text, **figures)

    def _repeats(self, ground: Ground, name: str, depth: Depth, kept: Sequence[Kept]) -> RejectedTheme | None:
        mine = signature(depth.product_ids) if any(venue.signature for venue in ground.live) else ()
        for venue in ground.live:
            shared = estimated_jaccard(mine, venue.signature)
            if refusal := self._repeat(name, venue.name, shared, live=True):
                return refusal
        for other in kept:
            shared = jaccard(depth.product_ids, other.depth.product_ids)
            if refusal := self._repeat(name, other.theme.name, shared, live=False):
                return refusal
        return None

    def _repeat(self, name: str, other: str, shared: float | None, *, live: bool) -> RejectedTheme | None:
        """Name and products are both measured; either alone makes a repetition, and both figures are told."""
        names = similarity(name, other)
        if names < self._limits.same_name and (shared is None or shared < self._limits.same_products):
            return None
        whose = both("已有会场" if live else "主题", "the venue" if live else "the theme")
        measured = both("商品重合没有记录", "its products were not recorded")
        if shared is not None:
            measured = both(f"商品重合 {shared:.0%}", f"{shared:.0%} of their products shared")
        text = both(
            f"与{whose['zh']}「{clean(other, 60)}」重复：名称相似 {names:.0%}，{measured['zh']}",
            f"repeats {whose['en']} {clean(other, 60)!r}: names {names:.0%} alike, {measured['en']}",
        )
        figures = {"name_similarity": round(names, 3)} | ({} if shared is None else {"product_overlap": round(shared, 3)})
        return refused(name, "duplicate", text, **figures)


def refused(name: str, code: RejectionCode, reason: Text, **figures: float) -> RejectedTheme:
    """A rejection with what to do, in both languages."""
    told: Text = {language: text[:600] for language, text in reason.items()}
    return RejectedTheme(name=name, code=code, reason=told, mend=both(*_MENDS[code]), figures=figures)


def _told(refusal: Refusal) -> Text:
    return both(f"「{refusal.words}」：{refusal.reason['zh']}", f"{refusal.words!r}: {refusal.reason['en']}")


def _facts(proposal: ProposedTheme, digest: Digest, depth: Depth) -> list[Fact]:
    """Facts about the shelves that the theme's products truly stand on: those it cites first, then those that lead."""
    shelves = {shelf: place for place, shelf in enumerate(depth.categories)}
    wanted = set(proposal.fact_ids)
    about = [
        fact
        for fact in digest.facts
        if (fact.kind == "shelf" and fact.category in shelves)
        or (fact.kind == "together" and fact.id in wanted and shelves.keys() & set(fact.categories))
    ]

    def order(fact: Fact) -> tuple[bool, bool, int]:
        return (fact.id not in wanted, not fact.signals, shelves.get(fact.category, len(shelves)))

    return sorted(about, key=order)[:_MAX_FACTS]


def _proposed_tabs(proposal: ProposedTheme) -> list[SubTheme]:
    named = [(clean(sub.name, 40), clean_words(sub.keywords, limit=10)) for sub in proposal.subthemes[:12]]
    return [SubTheme(name=name, keywords=keywords) for name, keywords in named if name]
