"""Ranking policies proposed, judged, released, gone back to: who did it, on what evidence, and nobody without a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from huichang.delivery.placements.model import Placements
from huichang.delivery.release.judging import Judge
from huichang.delivery.release.model import (
    BUILT_IN,
    EVERYWHERE,
    Candidate,
    JudgementQueue,
    Live,
    PolicyStore,
    Stale,
    Verdict,
    before,
    stands_in_the_way,
)
from huichang.delivery.serving.ports import PolicySettings, Rebuilds
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError, TransientError, in_both
from huichang.kernel.ids import new_id
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.venues.model import Actor, AuditTrail

SUBJECT = "ranking-policies"
# A judgement that has not come after this long was lost: another may be asked for.
LOST = timedelta(minutes=30)
_HISTORY = 1000


class Proposal(Model):
    """What is proposed. `placement` "": for all of them. `margin`: see Candidate."""

    settings: PolicySettings
    placement: Annotated[str, Field(max_length=40)] = EVERYWHERE
    margin: Annotated[float, Field(gt=-0.2, le=1)] = 0.0
    why: Annotated[str, Field(max_length=500)] = ""


class Order(Model):
    """How a candidate shall go live. `expect`: the number of the state that was looked at. `verdict_id`: the verdict that was looked at.
    `override`: an admin's reason to release without one that says ship."""

    expect: Annotated[int, Field(ge=0)] | None = None
    verdict_id: Annotated[str, Field(max_length=100)] = ""
    override: Annotated[str, Field(max_length=500)] = ""
    note: Annotated[str, Field(max_length=500)] = ""


class Back(Model):
    """A way back. `placement`: only this one's policy, "" all of the state. `to`: a state's number, None the one before."""

    placement: Annotated[str, Field(max_length=40)] = EVERYWHERE
    to: Annotated[int, Field(ge=0)] | None = None
    expect: Annotated[int, Field(ge=0)] | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class Shown(Model):
    """A candidate as it stands. `released`: it has traffic now. `in_the_way`: why it cannot be released without an override."""

    candidate: Candidate
    fingerprint: str
    released: bool
    in_the_way: Stale | None


class PoliciesView(Model):
    """What has the traffic, who asks for it, and all that ever had it, newest first."""

    live: Live
    candidates: tuple[Shown, ...]
    states: tuple[Live, ...]
    placements: tuple[str, ...]


@dataclass(frozen=True)
class ReleasedPolicies:
    """LivePolicy: the released one of a placement, the built-in one where none is."""

    store: PolicyStore

    def settings(self, placement: str) -> PolicySettings:
        """See LivePolicy."""
        return self.store.current().settings(placement)


@dataclass(frozen=True)
class PolicyDesk:
    """What operators and admins do with policies. `rebuilds`: asks for snapshots with what was released, at once."""

    store: PolicyStore
    queue: JudgementQueue
    placements: Placements
    audit: AuditTrail
    clock: Clock
    rebuilds: Rebuilds | None = None

    def shown(self) -> PoliciesView:
        """Raises TransientError."""
        live, now = self.store.current(), self.clock.now()
        return PoliciesView(
            live=live,
            candidates=tuple(_shown(each, live, now) for each in self.store.all()),
            states=tuple(self.store.states(100)),
            placements=tuple(each.name for each in self.placements.all() if each.offered),
        )

    def verdict(self, policy_id: str, verdict_id: str = "") -> Verdict:
        """The one that counts, or any before it. Raises NotFoundError, TransientError."""
        candidate = self.store.get(policy_id)
        wanted = verdict_id or (candidate.verdict.verdict_id if candidate.verdict else "")
        if not wanted:
            raise NotFoundError(f"{policy_id} has no verdict yet", where="policy", mend="have it judged first", code="no_verdict")
        return self.store.verdict(policy_id, wanted)

    def propose(self, wanted: Proposal, actor: Actor) -> Shown:
        """A name is used once and for ever: decisions carry it. Raises InvalidInputError, ConflictError, TransientError."""
        _finite(wanted)
        self._placement(wanted.placement)
        settings = wanted.settings
        if settings.policy_id == BUILT_IN.policy_id:
            raise _wrong("settings.policy_id", "这是内置策略的名字。", "That is the built-in policy's name.", "policy_name_taken")
        now = self.clock.now()
        candidate = Candidate(
            settings=settings,
            placement=wanted.placement,
            margin=wanted.margin,
            why=wanted.why,
            proposed_by=actor.name,
            proposed_at=iso(now),
        )
        if not self.store.propose(candidate):
            raise in_both(
                ConflictError(f"there is a policy {settings.policy_id} already", where="settings.policy_id", code="policy_name_taken"),
                both(f"已有名为 {settings.policy_id} 的策略。", f"There is a policy {settings.policy_id} already."),
                both("换一个名字：每次决策都记着它。", "Choose another name: every decision carries it."),
            )
        self._did(actor, "policy_proposed", candidate.policy_id, wanted.model_dump(mode="json"))
        return _shown(candidate, self.store.current(), now)

    def judge(self, policy_id: str, actor: Actor) -> Shown:
        """Ask for a verdict; it comes within minutes. Raises NotFoundError, ConflictError, TransientError."""
        now = self.clock.now()
        job = new_id("judgement", now)

        def begin(candidate: Candidate) -> Candidate:
            _open(candidate)
            if candidate.state == "judging" and datetime.fromisoformat(candidate.asked_at) > now - LOST:
                raise in_both(
                    ConflictError(f"{policy_id} is being judged", where="policy", mend="wait for it", code="being_judged"),
                    both("正在评估中。", "It is being judged."),
                    both("请等结论出来。", "Wait for the verdict."),
                )
            return candidate.model_copy(update={"state": "judging", "job": job, "asked_at": iso(now)})

        was = self.store.get(policy_id).state
        candidate = self.store.change(policy_id, begin)
        # Asked for after it is written: who is asked finds the job.
        try:
            self.queue.ask(policy_id, job)
        except TransientError:
            # Nobody heard of it, so nobody shall wait for it.
            self.store.change(policy_id, lambda now: now.model_copy(update={"state": was, "job": ""}) if now.job == job else now)
            raise
        self._did(actor, "policy_judgement_asked", policy_id, {"job": job})
        return _shown(candidate, self.store.current(), now)

    def release(self, policy_id: str, order: Order, actor: Actor) -> Live:
        """Give it the traffic it was proposed for. Raises NotFoundError, ConflictError, ForbiddenError, TransientError."""
        now, live = self.clock.now(), self.store.current()
        candidate = self.store.get(policy_id)
        _open(candidate)
        _expected(live, order.expect)
        if order.verdict_id and (candidate.verdict is None or candidate.verdict.verdict_id != order.verdict_id):
            raise _changed("结论已经不是刚才看到的那一份。", "The verdict is not the one that was looked at any more.", "verdict_changed")
        stale = stands_in_the_way(candidate, live, now)
        reason = order.override.strip()
        if stale is not None and not reason:
            raise in_both(
                ConflictError(
                    stale.words["en"], where="verdict", mend="have it judged, or let an admin override with a reason", code=stale.code
                ),
                stale.words,
                both("先评估；或由管理员写明理由后强制上线。", "Have it judged first; or an admin releases it with a reason."),
            )
        if stale is not None and actor.role != "admin":
            raise in_both(
                ForbiddenError(
                    "only an admin may release without a verdict", where="override", mend="ask an admin", code="override_for_admins"
                ),
                both("没有“可以上线”的结论时，只有管理员可以强制上线。", "Without a verdict that says ship only an admin may release."),
                both("请管理员操作，或先评估。", "Ask an admin, or have it judged."),
            )
        everywhere, placements = live.with_policy(candidate.placement, candidate.settings)
        after = Live(
            number=live.number + 1,
            at=iso(now),
            by=actor.name,
            action="release",
            placement=candidate.placement,
            policy_id=policy_id,
            everywhere=everywhere,
            placements=placements,
            verdict=candidate.verdict,
            # A reason where none is needed is a note: it must not look as if the gate had been passed over.
            override=reason if stale is not None else "",
            note=order.note or (reason if stale is None else ""),
        )
        return self._put(after, candidate, actor, {"stale": stale.code if stale else ""})

    def roll_back(self, back: Back, actor: Actor) -> Live:
        """Always allowed, and without a verdict: it had the traffic before. Raises ConflictError where there is nothing to go back to,
        NotFoundError for a state that never was, TransientError."""
        live = self.store.current()
        _expected(live, back.expect)
        states = {each.number: each for each in self.store.states(_HISTORY)}
        found = before(states, live) if back.to is None else states.get(back.to, Live() if back.to == 0 else None)
        if back.to is not None and found is None:
            raise NotFoundError(f"there is no state {back.to}", where="to", mend="one of those that are listed")
        if back.placement != EVERYWHERE:
            self._placement(back.placement)
            if back.to is None:
                mine = live.settings(back.placement)
                earlier = (states.get(number, Live()) for number in range(live.number - 1, -1, -1))
                found = next((each for each in earlier if each.settings(back.placement) != mine), None)
        if found is None or live.number == 0:
            raise _changed("没有可以退回的策略。", "There is nothing to go back to.", "nothing_before")
        if back.placement == EVERYWHERE:
            everywhere, placements = found.everywhere, found.placements
        else:
            everywhere, placements = live.with_policy(back.placement, found.settings(back.placement))
        after = Live(
            number=live.number + 1,
            at=iso(self.clock.now()),
            by=actor.name,
            action="rollback",
            placement=back.placement,
            policy_id=found.settings(back.placement).policy_id,
            everywhere=everywhere,
            placements=placements,
            # With one placement taken back it is a state like no other: it restores itself, and going back from it undoes it.
            restores=_stands_for(found) if back.placement == EVERYWHERE else live.number + 1,
            note=back.note,
        )
        return self._put(after, None, actor, {"from": live.number})

    def close(self, policy_id: str, why: str, actor: Actor, *, refused: bool) -> Shown:
        """Withdraw it, or refuse it: then it can never be released. Raises NotFoundError; ConflictError for what has traffic."""
        live = self.store.current()
        if policy_id in live.names():
            raise _changed("它正在承接流量，请先退回。", "It has traffic: roll it back first.", "policy_is_live")

        def end(candidate: Candidate) -> Candidate:
            _open(candidate)
            state = "refused" if refused else "withdrawn"
            return candidate.model_copy(update={"state": state, "closed_because": why})

        candidate = self.store.change(policy_id, end)
        self._did(actor, "policy_refused" if refused else "policy_withdrawn", policy_id, {"why": why})
        return _shown(candidate, self.store.current(), self.clock.now())

    def _put(self, after: Live, candidate: Candidate | None, actor: Actor, detail: dict[str, object]) -> Live:
        if not self.store.put_live(after, candidate):
            raise _changed("有人刚刚改动过，请看过新的状态再试。", "Somebody was faster: look at what is in place now.", "policies_changed")
        told = {"number": after.number, "placement": after.placement, "policy": after.policy_id, "note": after.note, **detail}
        if after.override:
            told |= {"override": after.override, "verdict": after.verdict.answer if after.verdict else ""}
        action = "policy_overridden" if after.override else "policy_released" if after.action == "release" else "policies_rolled_back"
        self.audit.record(actor.did(action, SUBJECT, at=after.at, detail=told, saw=candidate.fingerprint if candidate else ""))
        if self.rebuilds is not None:
            self.rebuilds.ask(after.placement)
        return after

    def _did(self, actor: Actor, action: str, policy_id: str, detail: dict[str, object]) -> None:
        self.audit.record(actor.did(action, SUBJECT, at=iso(self.clock.now()), detail={"policy": policy_id} | detail))

    def _placement(self, name: str) -> None:
        offered = [each.name for each in self.placements.all() if each.offered]
        if name != EVERYWHERE and name not in offered:
            raise _wrong(
                "placement", f"没有这个投放位：{name}。", f"There is no placement {name}.", "placement_unknown", ", ".join(offered)
            )


@dataclass(frozen=True)
class JudgePolicies:
    """Work of the queue: one judgement. The same message again finds it done."""

    store: PolicyStore
    judge: Judge

    def __call__(self, policy_id: str, job: str) -> Verdict | None:
        """The verdict; None where nobody waits for this job any more. Raises TransientError."""
        candidate = self.store.get(policy_id)
        if candidate.job != job or candidate.state != "judging":
            return None
        live = self.store.current()
        # As of when it was asked: a message that comes twice, or late, is judged by the same log.
        verdict = self.judge.candidate(candidate, live, datetime.fromisoformat(candidate.asked_at), job)
        self.store.keep(verdict)

        def told(now: Candidate) -> Candidate:
            if now.job != job or now.state != "judging":
                return now
            state = "refused" if verdict.answer == "do_not_ship" else "judged"
            return now.model_copy(update={"state": state, "verdict": verdict.note()})

        self.store.change(policy_id, told)
        return verdict


def _shown(candidate: Candidate, live: Live, now: datetime) -> Shown:
    released = candidate.policy_id in live.names()
    return Shown(
        candidate=candidate,
        fingerprint=candidate.fingerprint,
        released=released,
        in_the_way=None if released else stands_in_the_way(candidate, live, now),
    )


def _stands_for(live: Live) -> int:
    return live.restores if live.action == "rollback" else live.number


def _open(candidate: Candidate) -> None:
    if candidate.state == "withdrawn" or (candidate.state == "refused" and candidate.closed_because):
        raise _changed("这个候选策略已经撤回或被拒绝。", "This candidate was withdrawn or refused.", "policy_closed")


def _expected(live: Live, expect: int | None) -> None:
    if expect is not None and expect != live.number:
        raise _changed("线上策略已经不是刚才看到的。", "What is in place is not what was looked at any more.", "policies_changed")


def _finite(wanted: Proposal) -> None:
    settings = wanted.settings
    numbers: dict[str, float] = {
        "margin": wanted.margin,
        "settings.explore": settings.explore,
        "settings.calm": settings.calm,
        "settings.segment_events": settings.segment_events,
        "settings.reward.delay_hours": settings.reward.delay_hours,
        "settings.reward.half_life_hours": settings.reward.half_life_hours,
    }
    for where, number in numbers.items():
        if not math.isfinite(number):
            raise _wrong(where, f"{where} 不是有限的数。", f"{where} is no finite number.", "invalid_input")


def _wrong(where: str, zh: str, en: str, code: str, mend: str = "") -> InvalidInputError:
    todo = both("请更正后再提交。", "Correct it and send it again.") if not mend else both(f"可选：{mend}", f"One of {mend}.")
    return in_both(InvalidInputError(en, where=where, mend=todo["en"], code=code), both(zh, en), todo)


def _changed(zh: str, en: str, code: str) -> ConflictError:
    told: Text = both(zh, en)
    todo = both("刷新后再决定。", "Look again, then decide.")
    return in_both(ConflictError(en, where="policies", mend=todo["en"], code=code), told, todo)
