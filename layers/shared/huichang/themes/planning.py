"""From a brief to themes worth building: the catalogue is counted, a model proposes, and every proposal is checked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from huichang.kernel.clock import Clock
from huichang.kernel.language import Text, both, pick
from huichang.kernel.models import CallContext, ChatModel, Prompt
from huichang.prompts import render
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility
from huichang.selection.rules import Promised, RuleWriter
from huichang.selection.words import IndustryEntry, clean
from huichang.themes.checking import Checker, Ground, Kept, LiveVenue
from huichang.themes.depth import StockDepth
from huichang.themes.digest import Digest, DigestReader, Fact
from huichang.themes.gate import ThemeGate
from huichang.themes.interpreting import no_subject
from huichang.themes.limits import PlanningLimits
from huichang.themes.model import MAX_VENUES, CampaignBrief, ProposedTheme, RejectedTheme, ThemePlan, ThemePlanAnswer
from huichang.trends.calendar import festival_trends
from huichang.trends.matching import candidates
from huichang.trends.trend import Trend, TrendSource

__all__ = ["LiveVenue", "Planner", "PlanningLimits"]

_FESTIVAL_DAYS = 60
_LIVE_SHOWN = 200
_TOLD_AGAIN = 40
_CODES = {
    "short_of_stock": ("货不够", "short of stock"),
    "conditions_unmet": ("符合条件的货不够", "with too few goods that meet the conditions"),
    "few_merchants": ("商家太少", "too few merchants"),
    "one_price": ("价位单一", "one price only"),
    "duplicate": ("重复", "repeated"),
    "unknown_trend": ("依据不存在", "cited what does not exist"),
    "denied": ("不允许", "not allowed"),
    "bad_name": ("名称不合格", "badly named"),
}


class Planner:
    """Plans the themes of a campaign: one model call, and a second one where too few themes survive."""

    def __init__(
        self,
        chat: ChatModel,
        index: ProductIndex,
        trends: TrendSource,
        clock: Clock,
        industries: Sequence[IndustryEntry],
        gate: ThemeGate,
        *,
        limits: PlanningLimits | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chat = chat
        self._trends = trends
        self._clock = clock
        self._limits = limits or PlanningLimits()
        self._rules = RuleWriter(chat, index)
        self._digest = DigestReader(index, industries)
        self._checker = Checker(StockDepth(index, industries), industries, gate, self._limits)
        self._timer = timer

    def plan(self, brief: CampaignBrief, live: Sequence[LiveVenue] = ()) -> ThemePlan:
        """Return at most `brief.venues` themes with stock behind them, and every proposal that was turned down and why.

        A theme has enough goods that meet the brief's conditions. Where venues are missing, those are built as well that have
        enough without its vague words (新品); where there would be none, those that have enough without its numbers: selection
        relaxes them then, and tells. A plan without themes is a valid answer: the caller fails the campaign with its
        reasons. Raises PermanentError for a brief with neither goods nor conditions nor a place to look, and what the model and
        the index raise.
        """
        started = self._timer()
        promised = self._rules.promised(brief, Eligibility(catalogue=brief.catalogue, promotion=brief.promotion))
        if not (brief.subjects or brief.signal or brief.industries or promised.anything):
            raise no_subject(brief.language)
        offered = self.offered_trends(brief)
        ground = Ground(brief, {trend.id: trend for trend in offered}, self._facts(brief, promised), live)
        kept: list[Kept] = []
        rejected: list[RejectedTheme] = []
        unmet: list[ProposedTheme] = []
        rounds = 0
        while True:
            rounds += 1
            answer = self._ask(ground, offered, kept, rejected)
            before = len(kept)
            # Not all that a model sends is read: twice what could be built is more than anybody asked for.
            for proposal in answer.themes[: 2 * brief.venues + 50]:
                outcome = self._checker.check(proposal, ground, kept, promised.exact)
                if isinstance(outcome, Kept):
                    kept.append(outcome)
                elif outcome is not None:
                    rejected.append(outcome)
                    unmet += [proposal] if outcome.code == "conditions_unmet" else []
            late = self._timer() - started > self._limits.repair_within_seconds
            gained = len(kept) > before or rounds == 1
            if len(kept) >= brief.venues or rounds > self._limits.repair_rounds or late or not gained or _hopeless(kept, rejected):
                break
        for conditions in (promised.explicit, ()):
            if kept and conditions != promised.explicit:
                break
            for proposal in unmet:
                outcome = self._checker.check(proposal, ground, kept, conditions)
                kept += [outcome] if isinstance(outcome, Kept) else []
        themes = tuple(each.theme for each in kept)
        told = _once_each(rejected, {theme.name for theme in themes})
        return ThemePlan(themes=themes, rejected=told, asked=brief.venues, rounds=rounds, note=_note(brief, len(themes), told))

    def offered_facts(self, brief: CampaignBrief) -> Digest:
        """The facts put in front of the model, counted again. Asks the model for the brief's conditions."""
        return self._facts(brief, self._rules.promised(brief, Eligibility(catalogue=brief.catalogue, promotion=brief.promotion)))

    def _facts(self, brief: CampaignBrief, promised: Promised) -> Digest:
        """Counted on goods that meet the numbers and yes-or-noes of the brief; on all where those leave no venue's worth: then
        selection has to relax, and there must be something to plan it for."""
        digest = self._digest.read(brief, promised.explicit)
        met = sum(fact.figures.get("products", 0) for fact in digest.facts if fact.kind == "shelf")
        return digest if met >= self._limits.min_products or not promised.explicit else self._digest.read(brief)

    def offered_trends(self, brief: CampaignBrief) -> list[Trend]:
        """The trends put in front of the model: imported ones and the festivals of the next 60 days, best first."""
        now = self._clock.now()
        festivals = festival_trends(now.date(), _FESTIVAL_DAYS, brief.language)
        return candidates(brief, [*self._trends.all(), *festivals], now)

    def _ask(self, ground: Ground, offered: Sequence[Trend], kept: Sequence[Kept], rejected: Sequence[RejectedTheme]) -> ThemePlanAnswer:
        brief = ground.brief
        data: dict[str, Any] = {
            "brief": brief.model_dump(mode="json", exclude={"campaign_id", "offline", "edited_by", "unclear"}),
            "today": self._clock.now().date().isoformat(),
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
            "facts": [_compact(fact) for fact in ground.digest.facts],
            "live_names": [clean(venue.name, 60) for venue in ground.live[:_LIVE_SHOWN]],
            "kept": [each.theme.name for each in kept],
            "kept_slogans": [each.theme.slogan for each in kept if each.theme.slogan],
            "rejected": [
                {"name": each.name, "code": each.code, "reason": pick(each.reason, brief.language)}
                for each in [each for each in rejected if each.code != "over_count"][:_TOLD_AGAIN]
            ],
        }
        missing = brief.venues - len(kept)
        # A few to spare: some will turn out short of stock or too like another.
        count = min(MAX_VENUES + 50, missing + max(2, missing // 3))
        return self._chat.ask(self._fitted(data, count), ThemePlanAnswer, CallContext(campaign_id=brief.campaign_id, purpose="plan_themes"))

    def _fitted(self, data: dict[str, Any], count: int) -> Prompt:
        """The prompt within its budget: facts go first, the weakest of them first, then the coolest trends."""
        while True:
            prompt = render("plan_themes", data, count=count)
            size = len(prompt.system) + len(prompt.user)
            if size <= self._limits.max_prompt_chars or not (data["facts"] or data["trends"]):
                return prompt
            which = "facts" if data["facts"] else "trends"
            data[which] = data[which][: int(len(data[which]) * min(0.9, self._limits.max_prompt_chars / size))]


def _compact(fact: Fact) -> dict[str, Any]:
    """A fact as the prompt carries it: whole figures, nothing empty."""
    written: dict[str, Any] = {
        "id": fact.id,
        "kind": fact.kind,
        "name": fact.name,
        "industry": fact.industry,
        "group": fact.group,
        "department": fact.department,
        "categories": list(fact.categories),
        "words": list(fact.words),
        "signals": list(fact.signals),
        "asked_for": fact.asked_for,
        **{name: int(value) if float(value).is_integer() else value for name, value in fact.figures.items()},
    }
    return {name: value for name, value in written.items() if value not in (None, "", [], 0) or name == "products"}


def _hopeless(kept: Sequence[Kept], rejected: Sequence[RejectedTheme]) -> bool:
    """Nothing survived because not one product speaks of it, or because it may not be promoted: asking again buys nothing."""
    return (
        not kept
        and bool(rejected)
        and all(each.code == "denied" or (each.code == "short_of_stock" and not each.figures.get("products")) for each in rejected)
    )


def _once_each(rejected: Sequence[RejectedTheme], built: set[str]) -> tuple[RejectedTheme, ...]:
    """Each name once, with its last reason, and none that was built after all; those over the count come last."""
    last = {each.name: each for each in rejected if each.name not in built}
    return tuple(sorted(last.values(), key=lambda each: each.code == "over_count"))


def _note(brief: CampaignBrief, built: int, rejected: Sequence[RejectedTheme]) -> Text:
    if built >= brief.venues:
        return {}
    codes = Counter(each.code for each in rejected if each.code in _CODES)
    zh = "、".join(f"{_CODES[code][0]} {count}" for code, count in codes.most_common())
    en = ", ".join(f"{count} {_CODES[code][1]}" for code, count in codes.most_common())
    return both(
        f"要了 {brief.venues} 个会场，{built} 个有货" + (f"；没有做的：{zh}" if zh else "；目录里再没有别的主题"),
        f"asked {brief.venues}, {built} {'has' if built == 1 else 'have'} stock"
        + (f"; not built: {en}" if en else "; the catalogue offers no other theme"),
    )
