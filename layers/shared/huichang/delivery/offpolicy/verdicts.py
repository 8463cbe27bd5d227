"""The gate: ship, do not ship, cannot tell, with the reasons in words and what data would be needed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import NormalDist
from typing import Literal

from huichang.delivery.offpolicy.diagnostics import ArmNote, Diagnostics, diagnose
from huichang.delivery.offpolicy.estimators import VERDICT_LEVEL, Name, Weighed, estimates, model_value, weigh
from huichang.delivery.offpolicy.model import Estimate, Log, LoggedRow, TargetPolicy
from huichang.delivery.offpolicy.screens import screens_of
from huichang.delivery.offpolicy.weighting import Choice, Weighting, weighting
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model

Verdict = Literal["ship", "do_not_ship", "cannot_tell"]
Code = Literal[
    "better",
    "worse",
    "no_difference",
    "interval_too_wide",
    "no_support",
    "weights_off",
    "propensities_off",
    "few_rewards",
    "estimators_disagree",
    "newest_rows_disagree",
]
# A share of the target's traffic on arms that the log never shows: below it intervals are widened, above it nothing is said.
MOST_MISSING = 0.01
# … or this much of one position's.
MOST_MISSING_ARM = 0.05
LEAST_REWARDS = 10.0
# Two policies whose difference is surely below this share of the baseline are one policy to us.
SAME = 0.005
SURE = 1e-4
# Calibration that is off by less than this is no reason to refuse, however many rows prove it.
SLIGHT = 0.02
SLIGHT_ARM = 0.05
WORTH_KNOWING = 0.1
POWER = 0.8
LISTED = 10


class Reason(Model):
    """One of the grounds of a verdict."""

    code: Code
    words: Text


class Wanted(Model):
    """An arm of which the log has too few rows. `needs`: of the smallest log that could tell, collected for this question."""

    context: str
    action: str
    rows: int
    needs: int


class Needed(Model):
    """Data that would allow an answer. `decisions_more`: logged as now, to see `uplift` (a share of the baseline) four times in five."""

    uplift: float
    decisions_more: int
    decisions_if_aimed: int
    arms: tuple[Wanted, ...]


class Judgement(Model):
    """What the gate answers. `refused`: the log cannot carry an estimate, whatever the estimates say."""

    verdict: Verdict
    refused: bool
    margin: float
    baseline: float
    reasons: tuple[Reason, ...]
    words: Text
    needed: Needed | None
    weighting: Weighting
    estimates: dict[Name, Estimate]
    model_alone: float
    diagnostics: Diagnostics


def judge(
    log: Log,
    target: TargetPolicy,
    *,
    margin: float = 0.0,
    weights: Choice = "auto",
    rows: Iterable[LoggedRow] | None = None,
    steady: Log | None = None,
) -> Judgement:
    """Whether the target may take the traffic of the policy that wrote the log.

    `rows`: of the log once more, where several have one key because they were seen together (screens.py); without it they are taken as
    independent. `steady`: the same rows in contexts in which propensities stand still, for the test of propensities: where they jump, that
    an arm's rows of tiny propensity did not come is no proof of anything.

    It ships where DR and SNIPS both put it above (1 + margin) x the log's mean at the verdicts' level, the newest half of the log does
    not speak against it, and no diagnosis forbids an answer. InvalidInputError where the two do not speak of the same contexts.
    """
    if not (math.isfinite(margin) and margin > -1):
        raise InvalidInputError(f"margin {margin} is not above -1", code="margin", mend="0.02 asks for two per cent more than the baseline")
    _same_contexts(log, target)
    used, told = weighting(log, target, weights)
    weighed = weigh(used, target)
    clusters = screens_of(weighed, rows) if rows is not None else None
    found = estimates(weighed, margin=margin, clusters=clusters)
    seen = diagnose(weighed, steady or log, clusters)
    refusals = _refusals(seen)
    aim = [found["dr"].uplift_interval, found["snips"].uplift_interval]
    verdict: Verdict = "cannot_tell"
    reasons = refusals
    if not refusals:
        doubts = _doubts(weighed, found, seen, margin)
        same = SAME * log.mean
        if any(-same <= interval.low and interval.high <= same for interval in aim):
            reasons = [Reason(code="no_difference", words=_alike(margin))]
        elif all(interval.low > 0 for interval in aim) and not doubts:
            verdict, reasons = "ship", [Reason(code="better", words=_better(found["dr"], log, margin))]
        elif all(interval.high < 0 for interval in aim):
            verdict, reasons = "do_not_ship", [Reason(code="worse", words=_worse(found["dr"], log, margin))]
        else:
            reasons = doubts or [Reason(code="interval_too_wide", words=_wide(found["dr"], log, margin))]
    open_question = verdict == "cannot_tell" and reasons[0].code != "no_difference"
    needed = _needed(weighed, (found["dr"], found["snips"]), seen) if open_question else None
    return Judgement(
        verdict=verdict,
        refused=bool(refusals),
        margin=margin,
        baseline=log.mean,
        reasons=tuple(reasons),
        words=_words(verdict, reasons, needed),
        needed=needed,
        weighting=told,
        estimates=found,
        model_alone=model_value(weighed),
        diagnostics=seen,
    )


def _same_contexts(log: Log, target: TargetPolicy) -> None:
    for found, there, here in (
        (set(log.contexts) - set(target.probabilities), "log", "target"),
        (set(target.probabilities) - set(log.contexts), "target", "log"),
    ):
        if found:
            names = ", ".join(sorted(found)[:5])
            raise InvalidInputError(
                f"the {there} speaks of position {names}, the {here} does not",
                where=f"{there}: position {names}",
                code="unknown_position",
                mend="give a log and a target of the same positions, or take the others out of both",
            )


def _refusals(seen: Diagnostics) -> list[Reason]:
    found = []
    support, weights, logged = seen.support, seen.weights, seen.propensities
    if support.missing > MOST_MISSING or support.largest_missing > MOST_MISSING_ARM:
        share, names = f"{support.missing:.1%}", _names(support.arms[:3])
        found.append(
            Reason(
                code="no_support",
                words=both(
                    f"新策略 {share} 的流量会给日志里从未展示过的内容（如 {names}），没有数据能说明它们的效果。",
                    f"{share} of the new policy's traffic would go to what the log never showed ({names}); no data speak of it.",
                ),
            )
        )
    if weights.p_value < SURE and abs(weights.mean - weights.expected) > SLIGHT:
        found.append(
            Reason(
                code="weights_off",
                words=both(
                    f"权重的平均值是 {weights.mean:.3f}，应当是 {weights.expected:.3f}：记录的概率与实际展示不符，或有一部分流量没有记录。",
                    f"The weights average {weights.mean:.3f}, not {weights.expected:.3f}: propensities are wrong, or rows are missing.",
                ),
            )
        )
    if logged.p_value < SURE and abs(logged.worst_ratio - 1) > SLIGHT_ARM and logged.worst:
        name = _names((logged.worst,))
        found.append(
            Reason(
                code="propensities_off",
                words=both(
                    f"{name} 展示的次数是记录的概率所说的 {logged.worst_ratio:.2f} 倍：记录的概率不可信。",
                    f"{name} was shown {logged.worst_ratio:.2f} times as often as logged: the propensities cannot be trusted.",
                ),
            )
        )
    if seen.overlap.effective_rewards < LEAST_REWARDS:
        count = f"{seen.overlap.effective_rewards:.1f}"
        found.append(
            Reason(
                code="few_rewards",
                words=both(
                    f"能说明新策略的有效点击（或下单）只有 {count} 次，至少要 {LEAST_REWARDS:.0f} 次。",
                    f"Only {count} effective clicks (or orders) speak for the new policy; at least {LEAST_REWARDS:.0f} are needed.",
                ),
            )
        )
    return found


def _doubts(weighed: Weighed, found: dict[Name, Estimate], seen: Diagnostics, margin: float) -> list[Reason]:
    doubts = []
    low, high = sorted((found["ips"].value, found["dr"].value))
    if high - low > max(found["dr"].standard_error, found["ips"].standard_error):
        doubts.append(
            Reason(
                code="estimators_disagree",
                words=both(
                    f"几种估计相差太大（{_rate(low)} 到 {_rate(high)}），说明权重或模型有问题。",
                    f"The estimators disagree ({_rate(low)} to {_rate(high)}): weights or the reward model are off.",
                ),
            )
        )
    newest = seen.drift.newest_uplift - margin * weighed.log.mean
    if found["dr"].uplift_interval.low > 0 and newest <= 0:
        doubts.append(
            Reason(
                code="newest_rows_disagree",
                words=both(
                    "整份日志显示新策略更好，但最近一半的数据不支持：效果可能已经变化。",
                    "The whole log says better, its newest half does not: the effect may have changed.",
                ),
            )
        )
    return doubts


def _needed(weighed: Weighed, found: tuple[Estimate, ...], seen: Diagnostics) -> Needed | None:
    log, target = weighed.log, weighed.target
    if not log.reward:
        return None
    normal = NormalDist()
    power = (normal.inv_cdf(1 - VERDICT_LEVEL / 2) + normal.inv_cdf(POWER)) ** 2
    seen_uplift = min(log.mean, *(abs(e.uplift) for e in found))
    # a tenth of the baseline is worth knowing; where this log would have shown that already, what it seems to be
    for wanted in (max(WORTH_KNOWING * log.mean, seen_uplift), max(WORTH_KNOWING / 10 * log.mean, seen_uplift)):
        enough = log.rows / wanted**2 * max(found[0].uplift_error ** 2 * power, max(_inward(e) for e in found) ** 2)
        more = max(0, math.ceil(enough) - log.rows)
        if more:
            break
    # Neyman's allocation: rows where the two policies differ x the reward's standard deviation is large
    size = {}
    shown_there: dict[str, set[str]] = {}
    for there, action in log.arms:
        shown_there.setdefault(there, set()).add(action)
    for context, rows in log.contexts.items():
        share = rows / log.rows
        for action in shown_there[context] | set(target.probabilities[context]):
            shown = log.arms[context, action].rows / rows if (context, action) in log.arms else 0.0
            apart = abs(target.of(context, action) - shown)
            size[context, action] = share * apart * math.sqrt(max(weighed.overall.rate(context, action), 1e-12))
    total = math.fsum(size.values()) or 1.0
    unit = math.fsum(part.squares for part in log) / log.reward
    aimed = math.ceil(total * total * unit * power / wanted**2)
    arms = []
    for (context, action), weight in size.items():
        has = log.arms[context, action].rows if (context, action) in log.arms else 0
        needs = math.ceil(aimed * weight / total)
        if needs > has:
            arms.append(Wanted(context=context, action=action, rows=has, needs=needs))
    arms.sort(key=lambda arm: (-(arm.needs - arm.rows), arm.context, arm.action))
    if seen.support.missing > 0:
        unseen = {(note.context, note.action) for note in seen.support.arms}
        arms.sort(key=lambda arm: (arm.context, arm.action) not in unseen)
    return Needed(uplift=wanted / log.mean, decisions_more=more, decisions_if_aimed=aimed, arms=tuple(arms[:LISTED]))


def _inward(estimate: Estimate) -> float:
    """How far the interval reaches from the uplift towards zero."""
    return estimate.uplift - estimate.uplift_interval.low if estimate.uplift > 0 else estimate.uplift_interval.high - estimate.uplift


def _words(verdict: Verdict, reasons: list[Reason], needed: Needed | None) -> Text:
    head = {
        "ship": both("可以上线。", "Ship."),
        "do_not_ship": both("不要上线。", "Do not ship."),
        "cannot_tell": both("现在无法判断。", "Cannot tell."),
    }[verdict]
    zh = head["zh"] + "".join(reason.words["zh"] for reason in reasons)
    en = " ".join((head["en"], *(reason.words["en"] for reason in reasons)))
    if needed and {reason.code for reason in reasons} & {"no_support", "propensities_off", "weights_off"}:
        if "no_support" in {reason.code for reason in reasons}:
            names = _names(needed.arms[:3])
            zh += f"先让现行策略以小概率展示它们（{names}），再来问。"
            en += f" Let the present policy show them with a small probability ({names}), then ask again."
        else:
            zh += "先更正记录的概率，再来问。"
            en += " Mend the logged probabilities, then ask again."
    elif needed:
        zh += f"按现在的方式再记录约 {needed.decisions_more:,} 次展示，才能看出 {needed.uplift:.0%} 的差别。"
        en += f" About {needed.decisions_more:,} more decisions, logged as now, would show a difference of {needed.uplift:.0%}."
        if needed.arms:
            names = _names(needed.arms[:3])
            zh += f"最缺的是 {names}。"
            en += f" Most wanted: {names}."
    return both(zh, en)


def _names(arms: tuple[ArmNote, ...] | tuple[Wanted, ...]) -> str:
    return ", ".join(f"{arm.action}@{arm.context}" for arm in arms)


def _rate(value: float) -> str:
    return f"{value:.3%}" if abs(value) < 1 else f"{value:.4g}"


def _span(estimate: Estimate, log: Log, margin: float) -> tuple[str, str]:
    shift = margin * log.mean
    low, high = estimate.uplift_interval.low + shift, estimate.uplift_interval.high + shift
    return f"{low / log.mean:+.1%}" if log.mean else "0", f"{high / log.mean:+.1%}" if log.mean else "0"


def _better(estimate: Estimate, log: Log, margin: float) -> Text:
    low, high = _span(estimate, log, margin)
    return both(
        f"预计 {_rate(estimate.value)}，现行策略 {_rate(log.mean)}；差别在 {low} 到 {high} 之间（99% 区间），高于要求的 {margin:+.1%}。",
        f"It should earn {_rate(estimate.value)}, the present policy {_rate(log.mean)}: a difference of {low} to {high} (99 % interval), "
        f"above the {margin:+.1%} asked for.",
    )


def _worse(estimate: Estimate, log: Log, margin: float) -> Text:
    low, high = _span(estimate, log, margin)
    return both(
        f"预计 {_rate(estimate.value)}，现行策略 {_rate(log.mean)}；差别在 {low} 到 {high} 之间（99% 区间），达不到要求的 {margin:+.1%}。",
        f"It should earn {_rate(estimate.value)}, the present policy {_rate(log.mean)}: a difference of {low} to {high} (99 % interval), "
        f"below the {margin:+.1%} asked for.",
    )


def _alike(margin: float) -> Text:
    return both(
        f"与要求的 {margin:+.1%} 相差不到 {SAME:.1%}，再多的数据也没有意义：两个策略等于同一个。",
        f"It differs from the {margin:+.1%} asked for by less than {SAME:.1%}; more data would not matter: the two are one policy.",
    )


def _wide(estimate: Estimate, log: Log, margin: float) -> Text:
    low, high = _span(estimate, log, margin)
    return both(
        f"差别在 {low} 到 {high} 之间（99% 区间），要求是 {margin:+.1%}：好坏都有可能。",
        f"The difference lies between {low} and {high} (99 % interval), {margin:+.1%} is asked for: better and worse are both possible.",
    )
