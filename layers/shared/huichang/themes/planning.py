"""From a brief to themes worth building: a model proposes, and each is checked for evidence, stock and repetition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huichang.kernel.clock import Clock
from huichang.kernel.model import Model
from huichang.kernel.models import CallContext, ChatModel
from huichang.prompts import render
from huichang.selection.index import Facet, ProductIndex
from huichang.selection.model import Eligibility
from huichang.selection.words import (
    IndustryEntry,
    by_language,
    clean,
    clean_words,
    fold,
    han_runs,
    say,
    similarity,
    without_scenes,
)
from huichang.themes.depth import Depth, StockDepth
from huichang.themes.model import (
    CampaignBrief,
    ProposedTheme,
    RejectedTheme,
    SubTheme,
    Theme,
    ThemePlan,
    ThemePlanAnswer,
)
from huichang.trends.calendar import festival_trends
from huichang.trends.matching import candidates
from huichang.trends.trend import Trend, TrendStore

SAME_NAME = 0.6
SAME_PRODUCTS = 0.8
_FESTIVAL_DAYS = 60
_LIVE_SHOWN = 200
# Goods no venue may be about. The gate over every word of a page is the materials room's; this saves building one.
DENIED = (
    "枪支", "弹药", "毒品", "大麻", "赌博", "色情", "成人影片", "高仿", "仿真枪", "野生动物", "象牙", "假证",
    "firearm", "firearms", "ammunition", "narcotics", "cocaine", "gambling", "porn", "counterfeit", "ivory", "fake id",
)  # fmt: skip


class LiveVenue(Model):
    """A venue that buyers can open or that is being built: a new theme must not repeat it."""

    name: str
    venue_id: str = ""


class Planner:
    """Plans the themes of a campaign with one model call."""

    def __init__(
        self,
        chat: ChatModel,
        index: ProductIndex,
        trends: TrendStore,
        clock: Clock,
        industries: Sequence[IndustryEntry],
        *,
        min_products: int = 8,
        denied: Iterable[str] = DENIED,
    ) -> None:
        self._chat = chat
        self._index = index
        self._trends = trends
        self._clock = clock
        self._industries = industries
        self._depth = StockDepth(index, industries)
        self._min_products = min_products
        self._denied = tuple(fold(word) for word in denied)

    def plan(self, brief: CampaignBrief, live: Sequence[LiveVenue] = ()) -> ThemePlan:
        """Return at most `brief.venues` themes with stock behind them, and every proposal that was turned down and why.

        A plan without themes is a valid answer: the caller fails the campaign with its reasons. Raises what the model
        and the index raise.
        """
        offered = self.offered_trends(brief)
        answer = self._chat.ask(
            render("plan_themes", self._data(brief, offered, live), count=brief.venues + 2),
            ThemePlanAnswer,
            CallContext(campaign_id=brief.campaign_id, purpose="plan_themes"),
        )
        return self._choose(brief, answer.themes[: brief.venues + 50], offered, live)

    def offered_trends(self, brief: CampaignBrief) -> list[Trend]:
        """The trends put in front of the model: imported ones and the festivals of the next 60 days, best first."""
        now = self._clock.now()
        festivals = festival_trends(now.date(), _FESTIVAL_DAYS, brief.language)
        return candidates(brief, [*self._trends.all(), *festivals], now)

    def _data(self, brief: CampaignBrief, offered: Sequence[Trend], live: Sequence[LiveVenue]) -> dict[str, object]:
        return {
            "brief": brief.model_dump(mode="json", exclude={"campaign_id", "offline"}),
            "trends": [
                {
                    "id": trend.id,
                    "title": trend.title,
                    "kind": trend.kind,
                    "industry": trend.industry,
                    "keywords": list(trend.keywords),
                    "description": trend.description,
                }
                for trend in offered
            ],
            "categories": [{"category": facet.value, "products": facet.count} for facet in self._categories(brief)],
            "live_names": [clean(venue.name, 60) for venue in live[:_LIVE_SHOWN]],
        }

    def _categories(self, brief: CampaignBrief) -> list[Facet]:
        where = Eligibility(catalogue=brief.catalogue)
        hits = self._index.search(by_language(brief.subjects), where, 200)
        found: dict[str, Facet] = {}
        if hits:
            ids = tuple(hit.product_id for hit in hits)
            for facet in self._index.facet("leaf_category", where.model_copy(update={"product_ids": ids}), 30):
                found[facet.value] = facet
        if brief.industries or not found:
            within = where.model_copy(update={"industries": brief.industries})
            for facet in self._index.facet("leaf_category", within, 60):
                found[facet.value] = facet  # the whole count replaces the count among the hits
        return sorted(found.values(), key=lambda facet: (-facet.count, facet.value))

    def _choose(
        self,
        brief: CampaignBrief,
        proposals: Sequence[ProposedTheme],
        offered: Sequence[Trend],
        live: Sequence[LiveVenue],
    ) -> ThemePlan:
        kept: list[tuple[Theme, Depth]] = []
        rejected: list[RejectedTheme] = []
        by_id = {trend.id: trend for trend in offered}
        for proposal in proposals:
            theme = self._theme(brief, proposal, by_id)
            if theme is None:
                continue  # nothing readable is left of it: there is nothing to report either
            refusal = self._refused(brief, theme) or _repeats_name(brief, theme, kept, live)
            if refusal is None and len(kept) >= brief.venues:
                text = say(brief.language, f"只需要 {brief.venues} 个会场", f"only {brief.venues} were asked for")
                refusal = RejectedTheme(name=theme.name, code="over_count", reason=text)
            if refusal is not None:
                rejected.append(refusal)
                continue
            depth = self._depth.of(theme.keywords, subjects=brief.subjects, catalogue=brief.catalogue)
            refusal = self._too_thin(brief, theme, depth) or _repeats_products(brief, theme, depth, kept)
            if refusal is not None:
                rejected.append(refusal)
                continue
            kept.append((theme.model_copy(update={"stock_depth": depth.count}), depth))
        return ThemePlan(themes=tuple(theme for theme, _ in kept), rejected=tuple(rejected))

    def _theme(self, brief: CampaignBrief, proposal: ProposedTheme, offered: dict[str, Trend]) -> Theme | None:
        """The proposal with only what may be believed of it; None where no name or no keyword survives."""
        name = clean(proposal.name, 60)
        keywords = clean_words(proposal.keywords, limit=20)
        if not keywords or not (han_runs(name) or any(char.isalnum() for char in name)):
            return None
        cited = [offered[trend_id] for trend_id in dict.fromkeys(proposal.trend_ids) if trend_id in offered]
        if not any(map(without_scenes, brief.subjects)):
            # The operator named an occasion and no goods; what is bought for it stands in the trend that was cited.
            keywords = clean_words([*keywords, *(word for trend in cited for word in trend.keywords)], limit=40)
        kinds = [trend.kind for trend in cited]
        known = {entry.code for entry in self._industries}
        fallback = brief.industries[0] if brief.industries else None
        return Theme(
            name=name,
            slogan=clean(proposal.slogan, 80),
            industry=proposal.industry if proposal.industry in known else fallback,
            kind=next((kind for kind in kinds if kind == proposal.kind), kinds[0]) if kinds else "created",
            keywords=keywords,
            subthemes=_subthemes(proposal.subthemes),
            trend_ids=tuple(trend.id for trend in cited),
            reason=clean(proposal.reason, 400),
        )

    def _refused(self, brief: CampaignBrief, theme: Theme) -> RejectedTheme | None:
        words = " | ".join(f" {fold(text)} " for text in (theme.name, theme.slogan, *theme.keywords))
        for word in self._denied:
            if word in words if han_runs(word) else f" {word} " in words:
                text = say(brief.language, f"「{word}」不允许做会场", f"no venue may be about {word!r}")
                return RejectedTheme(name=theme.name, code="denied", reason=text)
        return None

    def _too_thin(self, brief: CampaignBrief, theme: Theme, depth: Depth) -> RejectedTheme | None:
        if depth.count >= self._min_products:
            return None
        words = say(brief.language, "、", ", ").join(theme.keywords[:6])
        text = say(
            brief.language,
            f"在售商品里只找到 {depth.count} 件与「{words}」相符，至少需要 {self._min_products} 件；可以招商补货，或换一个主题",
            f"only {depth.count} products on sale match {words!r}; at least {self._min_products} are needed: "
            "recruit merchants for it, or choose another theme",
        )
        return RejectedTheme(name=theme.name, code="short_of_stock", reason=text)


def _subthemes(proposed: Sequence[SubTheme]) -> tuple[SubTheme, ...]:
    kept: dict[str, SubTheme] = {}
    for subtheme in proposed[:12]:
        name = clean(subtheme.name, 40)
        if name and fold(name) not in kept:
            kept[fold(name)] = SubTheme(name=name, keywords=clean_words(subtheme.keywords, limit=10))
    return tuple(kept.values())


def _repeats_name(
    brief: CampaignBrief, theme: Theme, kept: Sequence[tuple[Theme, Depth]], live: Sequence[LiveVenue]
) -> RejectedTheme | None:
    for venue in live:
        if similarity(theme.name, venue.name) >= SAME_NAME:
            text = say(
                brief.language,
                f"与已有会场「{venue.name}」重复",
                f"repeats the venue {venue.name!r} that exists already",
            )
            return RejectedTheme(name=theme.name, code="duplicate", reason=text)
    for sibling, _ in kept:
        if similarity(theme.name, sibling.name) >= SAME_NAME:
            text = say(brief.language, f"与主题「{sibling.name}」名称相近", f"its name is close to {sibling.name!r}")
            return RejectedTheme(name=theme.name, code="duplicate", reason=text)
    return None


def _repeats_products(brief: CampaignBrief, theme: Theme, depth: Depth, kept: Sequence[tuple[Theme, Depth]]) -> RejectedTheme | None:
    mine = set(depth.product_ids)
    for sibling, other in kept:
        shared = len(mine.intersection(other.product_ids))
        # Of the larger set, so that a narrow theme beside a broad one (积木 beside 玩具) is no duplicate.
        share = shared / max(len(mine), len(other.product_ids), 1)
        if share >= SAME_PRODUCTS:
            text = say(
                brief.language,
                f"与主题「{sibling.name}」的商品有 {share:.0%} 相同",
                f"{share:.0%} of its products are those of {sibling.name!r}",
            )
            return RejectedTheme(name=theme.name, code="duplicate", reason=text)
    return None
