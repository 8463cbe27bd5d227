"""A candidate policy, the gate's verdict on it, and the numbered states of what has the traffic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.delivery.offpolicy.verdicts import Judgement
from huichang.delivery.offpolicy.verdicts import Verdict as Answer
from huichang.delivery.serving.ports import PolicySettings
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Text, Told
from huichang.kernel.model import Model

BUILT_IN = PolicySettings()
# An older verdict speaks of buyers of the day before yesterday.
VERDICT_HOURS = 48.0
# What `placement` says of a candidate for all placements: they are judged together, as one log, and released together.
EVERYWHERE = ""

CandidateState = Literal["proposed", "judging", "judged", "refused", "withdrawn"]


class VerdictNote(Model):
    """What a record keeps of a verdict; all of it stands in S3. `fingerprint`: of the candidate that was judged, `against`: of what was
    in place."""

    verdict_id: str
    answer: Answer
    at: str
    fingerprint: str
    against: str
    words: Told


class Candidate(Model):
    """A policy that asks for traffic. `settings.policy_id` is its own for ever. `placement` EVERYWHERE: all of them.

    `margin`: how much more than the policy in place it has to earn (0.02: two per cent; below 0: what may be lost). `job`: the
    judgement that was asked for last, `asked_at` when; it looks at the log as of then. `releases`: the states that put it in place.
    """

    settings: PolicySettings
    placement: str = EVERYWHERE
    margin: Annotated[float, Field(gt=-0.2, le=1)] = 0.0
    why: str = ""
    proposed_by: str
    proposed_at: str
    state: CandidateState = "proposed"
    job: str = ""
    asked_at: str = ""
    verdict: VerdictNote | None = None
    releases: tuple[int, ...] = ()
    closed_because: str = ""

    @property
    def policy_id(self) -> str:
        """Its name, which every decision of it carries."""
        return self.settings.policy_id

    @property
    def fingerprint(self) -> str:
        """Of everything a verdict depends on."""
        return content_hash([self.settings.model_dump(mode="json"), self.placement, self.margin])[:32]


class Live(Model):
    """What has the traffic, from `at` on: never changed, numbered from 1 without gaps; 0 is what the product ships with.

    `placements` are those with a policy of their own; the others have `everywhere`. `policy_id` and `placement`: what this state
    brought. It came by a verdict, or by an `override` (an admin's reason; shown for ever), or it is a rollback, which `restores` what
    another state said.
    """

    number: int = 0
    at: str = ""
    by: str = ""
    action: Literal["release", "rollback"] = "release"
    placement: str = EVERYWHERE
    policy_id: str = BUILT_IN.policy_id
    everywhere: PolicySettings = BUILT_IN
    placements: dict[str, PolicySettings] = {}
    verdict: VerdictNote | None = None
    override: str = ""
    restores: int = 0
    note: str = ""

    def settings(self, placement: str) -> PolicySettings:
        """The policy of a placement."""
        return self.placements.get(placement, self.everywhere)

    def names(self) -> frozenset[str]:
        """Policies that have traffic anywhere."""
        return frozenset({self.everywhere.policy_id, *(each.policy_id for each in self.placements.values())})

    def fingerprint(self, placement: str) -> str:
        """Of what is in place there; for EVERYWHERE of all of it."""
        if placement != EVERYWHERE:
            return content_hash(self.settings(placement).model_dump(mode="json"))[:32]
        own = {name: each.model_dump(mode="json") for name, each in self.placements.items()}
        return content_hash([self.everywhere.model_dump(mode="json"), own])[:32]

    def with_policy(self, placement: str, settings: PolicySettings) -> tuple[PolicySettings, dict[str, PolicySettings]]:
        """(everywhere, placements) with this policy put there. Put everywhere it replaces what single placements had."""
        if placement == EVERYWHERE:
            return settings, {}
        return self.everywhere, self.placements | {placement: settings}


class Data(Model):
    """What a verdict was made of: windows (UTC hours, first and last), all of decisions before each block are learnt from, none after.

    `decisions`: of the policy in place; `others`: of other policies by name, left out; `unusual`: further pages, other sizes,
    answers without what a buyer had seen, left out too. `rows`: offers that a buyer saw. `sampled`: there
    were more than could be looked at. `blocks`: how often the candidate was built anew on the way.
    """

    placements: tuple[str, ...]
    first: str = ""
    last: str = ""
    learnt_from: str = ""
    decisions: int = 0
    others: dict[str, int] = {}
    unusual: int = 0
    rows: int = 0
    rewards: int = 0
    blocks: int = 0
    sampled: bool = False


class Rehearsal(Model):
    """The policy in place, built anew from the same past in the same way, and judged like a candidate. What it seems to win or lose against
    itself is what building anew does, not what a policy does. `uplift_interval` (99 %, shares of `baseline`)."""

    value: float
    uplift: float
    low: float
    high: float


class Verdict(Model):
    """What the gate says of a candidate, with everything it said it from. `judgement` None: there was nothing to judge by."""

    verdict_id: str
    policy_id: str
    placement: str
    fingerprint: str
    against: str
    against_policies: tuple[str, ...]
    at: str
    answer: Answer
    refused: bool
    codes: tuple[str, ...]
    words: Text
    data: Data
    judgement: Judgement | None = None
    rehearsal: Rehearsal | None = None

    def note(self) -> VerdictNote:
        """What the candidate's record keeps."""
        said = self.model_dump(include={"verdict_id", "answer", "at", "fingerprint", "against", "words"})
        return VerdictNote.model_validate(said)


class PolicyStore(Protocol):
    """Candidates, verdicts, states."""

    def propose(self, candidate: Candidate) -> bool:
        """False, and nothing is written, where the name was ever used. Raises TransientError."""
        ...

    def get(self, policy_id: str) -> Candidate:
        """Raises NotFoundError, TransientError."""
        ...

    def all(self) -> list[Candidate]:
        """Newest first. Raises TransientError."""
        ...

    def change(self, policy_id: str, edit: Callable[[Candidate], Candidate]) -> Candidate:
        """Read, edit, write if nobody wrote meanwhile; repeated otherwise. `edit` may raise to refuse.

        Raises NotFoundError, TransientError.
        """
        ...

    def keep(self, verdict: Verdict) -> None:
        """The same verdict again changes nothing. Raises TransientError."""
        ...

    def verdict(self, policy_id: str, verdict_id: str) -> Verdict:
        """Raises NotFoundError, TransientError."""
        ...

    def current(self) -> Live:
        """What has the traffic; number 0 where nothing was ever released. Raises TransientError."""
        ...

    def states(self, limit: int = 100) -> list[Live]:
        """Newest first, without number 0. Raises TransientError."""
        ...

    def put_live(self, live: Live, candidate: Candidate | None = None) -> bool:
        """The next state, and with it the record of what it brings (as read, with what changes): both or neither.

        False: somebody wrote the number first, or the candidate. Raises TransientError.
        """
        ...


class JudgementQueue(Protocol):
    """Asks for a judgement."""

    def ask(self, policy_id: str, job: str) -> None:
        """Raises TransientError."""
        ...


class Stale(Model):
    """Why a verdict does not let a candidate through. `code`: no_verdict, not_ship, verdict_of_another, verdict_against_another,
    verdict_old."""

    code: str
    words: Text


def stands_in_the_way(candidate: Candidate, live: Live, now: datetime, hours: float = VERDICT_HOURS) -> Stale | None:
    """None where the candidate's verdict says ship, was made of exactly this candidate against what is in place, and is young enough."""
    note = candidate.verdict
    if note is None:
        return _stale("no_verdict", "还没有离线评估的结论。", "It has no verdict of the gate.")
    if note.fingerprint != candidate.fingerprint:
        return _stale("verdict_of_another", "结论评估的不是这组参数。", "The verdict was made of other settings than these.")
    if note.against != live.fingerprint(candidate.placement):
        return _stale(
            "verdict_against_another",
            "结论之后线上策略换过，那份结论比较的已不是现行策略。",
            "Another policy has come into place since: the verdict compared with one that is gone.",
        )
    if (now - datetime.fromisoformat(note.at)).total_seconds() > hours * 3600:
        return _stale("verdict_old", f"结论已超过 {hours:.0f} 小时。", f"The verdict is older than {hours:.0f} hours.")
    if note.answer != "ship":
        return _stale("not_ship", "结论不是“可以上线”。", "The verdict is not “ship”.")
    return None


def before(states: Mapping[int, Live], live: Live) -> Live | None:
    """The state before this one, None where there is none. A rollback stands for what it restored: going back twice goes two back."""
    number = (live.restores if live.action == "rollback" else live.number) - 1
    found = states.get(number, Live()) if number >= 0 else None
    if found is not None and found.action == "rollback":
        found = states.get(found.restores, Live())
    return found


def _stale(code: str, zh: str, en: str) -> Stale:
    return Stale(code=code, words={"zh": zh, "en": en})
