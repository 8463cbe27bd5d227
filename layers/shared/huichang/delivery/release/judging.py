"""The gate on the live log: may this candidate, or these rules, take the traffic of what is in place?"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import NormalDist
from typing import Protocol

from huichang.delivery.cells import hour_of, window_of
from huichang.delivery.control.diversity import diverse
from huichang.delivery.control.gate import Judged
from huichang.delivery.control.rules import Controls
from huichang.delivery.events.cells import CellKey, Counts, Event
from huichang.delivery.facts import VenueFacts
from huichang.delivery.model import LiveVenue, LoggedDecision
from huichang.delivery.offpolicy.estimators import VERDICT_LEVEL
from huichang.delivery.offpolicy.verdicts import POWER, WORTH_KNOWING, Judgement
from huichang.delivery.offpolicy.verdicts import Verdict as Answer
from huichang.delivery.offpolicy.verdicts import judge as judge_log
from huichang.delivery.placements.model import Placements
from huichang.delivery.ranking.beliefs import NEUTRAL_RATE
from huichang.delivery.ranking.rewards import Reward
from huichang.delivery.release.model import EVERYWHERE, Candidate, Data, Live, Rehearsal, Verdict
from huichang.delivery.release.replay import Past, Replay, Replayed, RuleOf, TooMuchError, gap_of, rows_of, usable
from huichang.delivery.serving.ports import LivePolicy, PolicySettings, Rulebook
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Text, both

# A rule is an operator's wish, and may cost something: ships where it surely costs less than this share of what is earned.
RULE_MARGIN = -0.02
# What building anew may seem to change without anybody minding.
SLIGHT = 0.01


class DecisionSample(Protocol):
    """The log of decisions, in bounded reads."""

    def first(self, placement: str, window: str, most: int) -> list[LoggedDecision]:
        """At most `most` of a window, chosen by nothing that has to do with what was shown; earliest first. Raises TransientError."""
        ...


class EventStream(Protocol):
    """Accepted events, one after the other."""

    def stream(self, window: str) -> Iterable[Event]:
        """All of a window, perhaps several times. Raises TransientError."""
        ...


class CellReader(Protocol):
    """Of CellStore, what is read."""

    def cells(self, placement: str, window: str) -> Mapping[CellKey, Counts]:
        """Raises TransientError."""
        ...


@dataclass(frozen=True)
class Bounds:
    """What a judgement may look at. `days` are judged by, `history_days` before them learnt from; at most `decisions` in all, the newest.

    `seconds`: after so many nothing more is read, and nothing more is built after twice as many. `entries`: probabilities kept at a time
    (about 100 bytes each), `parts`: counts of the log (offpolicy/logs.py).
    """

    days: int = 7
    history_days: int = 14
    decisions: int = 40_000
    blocks: int = 168
    entries: int = 600_000
    parts: int = 200_000
    seconds: float = 120.0


JOB = Bounds()
# While somebody waits for an answer.
AT_ONCE = Bounds(days=1, history_days=3, decisions=4_000, blocks=24, entries=60_000, parts=10_000, seconds=4.0)


def settle(lived: Replayed, margin: float) -> Judgement:
    """What the gate says of a past that was lived through again."""
    # Propensities are exact, and an hour is too short for shares of rows to stand in for them.
    return judge_log(lived.log, lived.target, margin=margin, weights="logged", rows=lived.rows, steady=lived.steady)


@dataclass(frozen=True)
class Judge:
    """Looks, lives it through again, and answers. Reads only."""

    decisions: DecisionSample
    events: EventStream
    cells: CellReader
    live: Callable[[], Sequence[LiveVenue]]
    placements: Placements
    rulebook: Rulebook
    watch: Callable[[], float] = time.monotonic
    settle: Callable[[Replayed, float], Judgement] = settle

    def candidate(self, candidate: Candidate, live: Live, now: datetime, job: str, bounds: Bounds = JOB) -> Verdict:
        """The verdict on a candidate against what is in place; of the same log, moment and job the same. Raises TransientError."""
        names = [p.name for p in self.placements.all() if p.offered] if candidate.placement == EVERYWHERE else [candidate.placement]
        in_place = {name: live.settings(name) for name in names}
        reward = candidate.settings.reward

        def rules(placement: str, venues: Sequence[VenueFacts], slots: int) -> Controls:
            return diverse(self.rulebook.controls(placement, now), venues, slots)

        asked = _Question(in_place, dict.fromkeys(names, candidate.settings), rules, rules, reward, candidate.margin)
        found = self._answer(asked, now, bounds)
        return Verdict(
            verdict_id=f"{job}-{content_hash([candidate.fingerprint, live.fingerprint(candidate.placement)])[:8]}",
            policy_id=candidate.policy_id,
            placement=candidate.placement,
            fingerprint=candidate.fingerprint,
            against=live.fingerprint(candidate.placement),
            against_policies=tuple(sorted({each.policy_id for each in in_place.values()})),
            at=iso(now),
            **found.said(),
        )

    def rules(
        self, placement: str, settings: PolicySettings, before: Controls, after: Controls, now: datetime, bounds: Bounds = AT_ONCE
    ) -> RuleVerdict:
        """The verdict on other rules under the same policy, at once. Raises TransientError."""
        also = sorted(name for name in after.venues if _wanted(before, after, name))

        def of(controls: Controls) -> RuleOf:
            return lambda _, venues, slots: diverse(controls, venues, slots)

        same = {placement: settings}
        found = self._answer(_Question(same, same, of(before), of(after), settings.reward, RULE_MARGIN, tuple(also)), now, bounds)
        said = found.said()
        return RuleVerdict(placement=placement, at=iso(now), kind=said.pop("answer"), **said)

    def _answer(self, asked: _Question, now: datetime, bounds: Bounds) -> _Found:
        began = self.watch()

        def check() -> None:
            if self.watch() - began > 2 * bounds.seconds:
                raise TooMuchError

        data = Data(placements=tuple(sorted(asked.in_place)))
        try:
            pasts, data = self._look(asked, now, bounds, began, check)
        except InvalidInputError as error:
            return _nothing(data, "propensity", _bad_log(error), refused=True)
        except TooMuchError:
            return _nothing(data, "too_much", _too_much())
        rows = sum(len(past.rows) for past in pasts)
        if not rows:
            return _nothing(data, "empty_log", _empty(data, asked))
        facts = {venue.venue_id: facts_of(venue) for venue in self.live()}
        replay = Replay(facts, asked.after, bounds.blocks, bounds.entries, check)
        try:
            lived = replay(pasts, asked.candidate, also=asked.also, parts=bounds.parts)
            data = data.model_copy(update={"blocks": replay.blocks, "rewards": round(lived.log.reward)})
            check()
            judgement = self.settle(lived, asked.margin)
            check()
            lived = replace(replay, rules=asked.before)(pasts, asked.in_place, parts=bounds.parts)
            check()
            rehearsed = self.settle(lived, 0.0)
        except TooMuchError:
            return _nothing(data, "too_much", _too_much())
        return _said(data, judgement, _rehearsal(rehearsed))

    def _look(self, asked: _Question, now: datetime, bounds: Bounds, began: float, check: Callable[[], None]) -> tuple[list[Past], Data]:
        """Newest window first, until it is enough. Which windows are looked at does not depend on what is in them but for their size."""
        pasts = {name: Past(name) for name in asked.in_place}
        reward = asked.reward
        # Rewards of younger windows are still on the way: both policies would look poorer than they are, and not alike.
        newest = now - timedelta(hours=1 + gap_of(reward))
        left, first, last, sampled = bounds.decisions, "", "", False
        each = max(1, bounds.decisions // max(1, 8 * len(pasts)))
        for back in range(bounds.days * 24):
            window = window_of(newest - timedelta(hours=back))
            if left <= 0 or self.watch() - began > bounds.seconds:
                sampled = True
                break
            chosen: list[LoggedDecision] = []
            for name, past in pasts.items():
                most = min(each, max(1, left))
                found = self.decisions.first(name, window, most)
                sampled |= len(found) >= most
                made = [decision for decision in found if policy_of(decision) == asked.in_place[name].policy_id]
                past.others.update(policy_of(decision) for decision in found if policy_of(decision) != asked.in_place[name].policy_id)
                own = usual(made)
                past.unusual += len(made) - len(own)
                past.decisions += len(own)
                left -= len(own)
                chosen += own
                if own:
                    offered = past.offered.setdefault(hour_of(window), set())
                    offered.update(item.venue_id for decision in own for item in decision.items)
                    past.slots = max(past.slots, *(len(decision.items) for decision in own))
                    past.explored |= any(item.explored for decision in own for item in decision.items)
            if not chosen:
                continue
            first, last = window, last or window
            of = [decision.decision_id for decision in chosen]
            by_place: dict[str, list[LoggedDecision]] = {}
            for decision in chosen:
                by_place.setdefault(decision.placement, []).append(decision)
            events = self._events(window, of, check)
            for name, listed in by_place.items():
                pasts[name].rows = rows_of(listed, events, reward) + pasts[name].rows
        for past in pasts.values():
            past.rows.sort(key=lambda row: row.hour)
            past.offered = {hour: names for hour, names in past.offered.items() if names}
        learnt = self._learn([past for past in pasts.values() if past.rows], reward, bounds)
        kept = [past for past in pasts.values() if past.rows]
        others: dict[str, int] = {}
        for past in pasts.values():
            for name, number in past.others.items():
                others[name] = others.get(name, 0) + number
        return kept, Data(
            placements=tuple(sorted(pasts)),
            first=window_of(datetime.fromtimestamp(min(past.rows[0].hour for past in kept) * 3600, UTC)) if kept else first,
            last=last,
            learnt_from=learnt,
            decisions=sum(past.decisions for past in pasts.values()),
            others=others,
            unusual=sum(past.unusual for past in pasts.values()),
            rows=sum(len(past.rows) for past in kept),
            sampled=sampled,
        )

    def _events(self, window: str, ids: Iterable[str], check: Callable[[], None]) -> list[Event]:
        """Those of the decisions that are looked at; the others of a busy hour are passed over, not kept."""
        wanted = frozenset(ids)
        found = []
        for number, event in enumerate(self.events.stream(window)):
            if number % 10_000 == 9_999:
                check()
            if event.decision_id in wanted:
                found.append(event)
        return found

    def _learn(self, pasts: Sequence[Past], reward: Reward, bounds: Bounds) -> str:
        """Cells into each past. What was seen before a third of all that was seen is learnt from only: its rows are left out."""
        earliest = ""
        for past in pasts:
            begin, end = past.rows[0].hour, past.rows[-1].hour
            for hour in range(begin - bounds.history_days * 24, end + 1):
                window = window_of(datetime.fromtimestamp(hour * 3600, UTC))
                if cells := usable(self.cells.cells(past.placement, window)):
                    past.cells[window] = cells
                    earliest = min(earliest or window, window)
            seen = {hour_of(window): sum(cell.impressions for cell in cells) for window, cells in past.cells.items()}
            enough, run, start = sum(seen.values()) / 3, 0, begin
            for hour in sorted(seen):
                if run >= enough:
                    break
                run += seen[hour]
                start = hour + 1
            start = max(begin, start + gap_of(reward))
            past.rows = [row for row in past.rows if row.hour >= start]
            past.offered = {hour: names for hour, names in past.offered.items() if hour >= start}
        return earliest


class RuleVerdict(Judged):
    """What the gate says of other rules, and what it is said from."""

    placement: str
    at: str
    refused: bool
    codes: tuple[str, ...]
    data: Data
    judgement: Judgement | None = None
    rehearsal: Rehearsal | None = None


@dataclass(frozen=True)
class RuleGate:
    """Judges a placement's rules before they take traffic, while somebody waits (control/gate.py Gate)."""

    judge_of: Judge
    policies: LivePolicy
    clock: Clock

    def judge(self, placement: str, before: Controls, after: Controls) -> RuleVerdict:
        """`after` against `before`, under the policy in place. Raises TransientError."""
        return self.judge_of.rules(placement, self.policies.settings(placement), before, after, self.clock.now())


@dataclass(frozen=True)
class _Question:
    in_place: Mapping[str, PolicySettings]
    candidate: Mapping[str, PolicySettings]
    before: RuleOf
    after: RuleOf
    reward: Reward
    margin: float
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    answer: Answer
    refused: bool
    codes: tuple[str, ...]
    words: Text
    data: Data
    judgement: Judgement | None = None
    rehearsal: Rehearsal | None = None

    def said(self) -> dict[str, object]:
        """As fields of a verdict."""
        return {name: getattr(self, name) for name in ("answer", "refused", "codes", "words", "data", "judgement", "rehearsal")}


def policy_of(decision: LoggedDecision) -> str:
    """The policy that made it: a decision says <policy_id>/<version of the snapshot>. Other forms are policies of their own."""
    return decision.policy.partition("/")[0]


def usual(decisions: Sequence[LoggedDecision]) -> list[LoggedDecision]:
    """Those that the policy made as it is: first pages, nothing left out for a buyer (both are said behind the policy's name), of as many
    places as most. Explored answers may be shorter (caps): a short one is kept if it is explored, as it must not matter what was drawn.
    """
    plain = [d for d in decisions if " " not in d.policy and d.items and d.items[0].position == 1]
    if not plain:
        return []
    drawn = [d for d in plain if not d.items[0].explored] or plain
    places, among = Counter((len(d.items), d.candidates) for d in drawn).most_common(1)[0][0]
    return [d for d in plain if d.candidates == among and (len(d.items) == places or (d.items[0].explored and len(d.items) < places))]


def facts_of(venue: LiveVenue) -> VenueFacts:
    """What venues are grouped by."""
    return VenueFacts(venue_id=venue.venue_id, industry=venue.industry or "", kind=venue.kind, merchant=venue.merchant)


def _wanted(before: Controls, after: Controls, name: str) -> bool:
    """Whether the new rules ask for a venue more than the old ones did: then it may be shown although nobody was offered it yet."""
    was, now = before.rule(name), after.rule(name)
    return not now.hold and (was.hold or now.floor > was.floor or now.boost > was.boost or now.cap > was.cap)


def _rehearsal(judged: Judgement) -> Rehearsal:
    dr = judged.estimates["dr"]
    base = judged.baseline or 1.0
    return Rehearsal(value=dr.value, uplift=dr.uplift / base, low=dr.uplift_interval.low / base, high=dr.uplift_interval.high / base)


def _said(data: Data, judged: Judgement, rehearsal: Rehearsal) -> _Found:
    answer, words = judged.verdict, judged.words
    codes: tuple[str, ...] = tuple(reason.code for reason in judged.reasons)
    # Building anew must not be what wins or loses.
    if answer == "ship" and rehearsal.low > SLIGHT:
        answer, codes, words = "cannot_tell", (*codes, "rehearsal_wins"), _rehearsed(rehearsal, better=True)
    elif answer == "do_not_ship" and rehearsal.high < -SLIGHT and judged.estimates["dr"].uplift / judged.baseline > rehearsal.low:
        answer, codes, words = "cannot_tell", (*codes, "rehearsal_loses"), _rehearsed(rehearsal, better=False)
    if answer == "cannot_tell" and judged.needed is None and judged.baseline == 0:
        words = both(words["zh"] + _wanted_rows(NEUTRAL_RATE)["zh"], f"{words['en']} {_wanted_rows(NEUTRAL_RATE)['en']}")
    told = _told(data)
    return _Found(answer, judged.refused, codes, both(words["zh"] + told["zh"], f"{words['en']} {told['en']}"), data, judged, rehearsal)


def _nothing(data: Data, code: str, words: Text, *, refused: bool = False) -> _Found:
    return _Found("cannot_tell", refused, (code,), words, data)


def _told(data: Data) -> Text:
    zh = (
        f"依据：{data.first} 至 {data.last}（UTC），{data.decisions:,} 次决策、{data.rows:,} 次看到的展示；每段只用该段之前的数据重建策略。"
    )
    en = (
        f"From {data.first} to {data.last} (UTC): {data.decisions:,} decisions, {data.rows:,} offers that were seen; "
        "each stretch was judged by a policy built from what came before it only."
    )
    if data.others:
        names = ", ".join(f"{name} ({number:,})" for name, number in sorted(data.others.items(), key=lambda pair: -pair[1])[:3])
        zh += f"其他策略的决策未计入：{names}。"
        en += f" Decisions of other policies were left out: {names}."
    if data.sampled:
        zh += "数据太多，只看了一部分（选取与结果无关）。"
        en += " There was more than could be looked at; what was looked at was not chosen by its outcome."
    return both(zh, en)


def _empty(data: Data, asked: _Question) -> Text:
    needed = _wanted_rows(NEUTRAL_RATE)
    names = ", ".join(sorted({each.policy_id for each in asked.in_place.values()}))
    zh = f"现在无法判断。没有现行策略（{names}）可用的记录：既要有它的决策，也要有更早的数据供候选策略学习。"
    en = (
        f"Cannot tell. There is no usable log of the policy in place ({names}): its decisions are needed, "
        "and earlier data that the candidate can learn from."
    )
    if data.others:
        zh += f"记录里有其他策略的 {sum(data.others.values()):,} 次决策，不能用来比较。"
        en += f" The log holds {sum(data.others.values()):,} decisions of other policies; they say nothing of this one."
    return both(zh + needed["zh"], f"{en} {needed['en']}")


def _wanted_rows(rate: float) -> Text:
    normal = NormalDist()
    power = (normal.inv_cdf(1 - VERDICT_LEVEL / 2) + normal.inv_cdf(POWER)) ** 2
    rows = math.ceil(2 * power / (WORTH_KNOWING**2 * rate))
    return both(
        f"要看出 {WORTH_KNOWING:.0%} 的差别，按 {rate:.0%} 的点击率估计，约需 {rows:,} 次看到的展示。",
        f"To see a difference of {WORTH_KNOWING:.0%} at a rate of {rate:.0%} takes about {rows:,} offers that were seen.",
    )


def _bad_log(error: InvalidInputError) -> Text:
    return both(
        f"现在无法判断。日志里的概率不可用（{error.where}）：必须大于 0 且不超过 1。先查清是谁记录了它，再来问。",
        f"Cannot tell. The log holds what is no probability ({error.message}). {error.mend[:1].upper()}{error.mend[1:]}, then ask again.",
    )


def _too_much() -> Text:
    return both(
        "现在无法判断：数据太多，来不及当场看完。可以把它作为候选策略提交评估，或者缩小范围再问。",
        "Cannot tell: this is too much to look at now. Ask about one placement, or propose it and let it be judged in its own time.",
    )


def _rehearsed(rehearsal: Rehearsal, *, better: bool) -> Text:
    low, high = f"{rehearsal.low:+.1%}", f"{rehearsal.high:+.1%}"
    if better:
        return both(
            f"现在无法判断。用同样的方法重建现行策略，它看起来也比自己真实的成绩好（{low} 到 {high}）：候选的优势可能只来自重建。",
            f"Cannot tell. Built anew in the same way the policy in place seems to beat its own record ({low} to {high}): "
            "what the candidate wins may be won by building anew.",
        )
    return both(
        f"现在无法判断。用同样的方法重建现行策略，它看起来也不如自己真实的成绩（{low} 到 {high}）：候选的差距可能只来自重建。",
        f"Cannot tell. Built anew in the same way the policy in place seems to fall short of its own record ({low} to {high}): "
        "what the candidate loses may be lost by building anew.",
    )
