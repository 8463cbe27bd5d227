"""None goes live without a verdict: who may release what, on which evidence, and how it is undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from huichang.delivery.release.model import BUILT_IN, Candidate, Data, Live, Verdict, before, stands_in_the_way
from huichang.delivery.serving.ports import PolicySettings
from huichang.kernel.clock import iso
from huichang.kernel.errors import ConflictError, ForbiddenError, HuichangError, InvalidInputError, NotFoundError, TransientError
from huichang.kernel.language import both
from huichang.line.policies import Back, JudgePolicies, Order, Proposal, ReleasedPolicies
from huichang.venues.model import Actor
from tests.support.fakes import FakeClock
from tests.support.memory_policies import a_policy_desk
from tests.support.web_api import MemoryAudit

LIN, ADMIN = Actor(name="lin", role="operator"), Actor(name="olga", role="admin")
T0 = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


class House:
    """A desk with what stands behind it."""

    def __init__(self) -> None:
        self.clock, self.trail = FakeClock(T0), MemoryAudit()
        self.desk, self.store, self.queue, self.rebuilds = a_policy_desk(self.trail, self.clock)
        self.live = ReleasedPolicies(self.store)

    def proposed(self, policy_id: str = "calm-4", placement: str = "", **changes: object) -> Candidate:
        settings = PolicySettings.model_validate({"policy_id": policy_id, "calm": 4} | changes)
        return self.desk.propose(Proposal(settings=settings, placement=placement), LIN).candidate

    def judged(self, policy_id: str = "calm-4", answer: str = "ship", **changes: object) -> None:
        """As the job does, with a judge who answers so."""
        self.desk.judge(policy_id, LIN)
        JudgePolicies(self.store, Oracle(answer, changes))(*self.queue.asked[-1])  # type: ignore[arg-type]

    def actions(self) -> list[str]:
        return [entry.action for entry in self.trail.entries]


class Oracle:
    """A judge who knows the answer."""

    def __init__(self, answer: str, changes: dict[str, object]) -> None:
        self.answer, self.changes = answer, changes
        self.asked = 0

    def candidate(self, candidate: Candidate, live: Live, now: datetime, job: str) -> Verdict:
        self.asked += 1
        told = {
            "verdict_id": f"{job}-1",
            "policy_id": candidate.policy_id,
            "placement": candidate.placement,
            "fingerprint": candidate.fingerprint,
            "against": live.fingerprint(candidate.placement),
            "against_policies": ["built-in"],
            "at": iso(now),
            "answer": self.answer,
            "refused": False,
            "codes": ["better"],
            "words": both("结论", "verdict"),
            "data": Data(placements=("home",)),
        }
        return Verdict.model_validate(told | self.changes)


@pytest.fixture
def house() -> House:
    return House()


def refused(kind: type[HuichangError], code: str, does: Callable[[], object]) -> HuichangError:
    with pytest.raises(kind) as caught:
        does()
    assert caught.value.code == code
    assert caught.value.told["zh"]
    assert caught.value.todo["en"]
    return caught.value


# --- proposing --------------------------------------------------------------------------------------------------------


def test_a_policy_is_proposed_and_its_name_is_its_own_for_ever(house: House) -> None:
    candidate = house.proposed()
    assert (candidate.state, candidate.proposed_by, candidate.policy_id) == ("proposed", "lin", "calm-4")
    refused(ConflictError, "policy_name_taken", house.proposed)
    refused(InvalidInputError, "policy_name_taken", lambda: house.proposed("built-in"))
    refused(InvalidInputError, "placement_unknown", lambda: house.proposed("p-2", "cellar"))
    refused(InvalidInputError, "placement_unknown", lambda: house.proposed("p-2", "direct"))
    assert house.actions() == ["policy_proposed"]


def test_a_number_that_is_none_is_no_setting(house: House) -> None:
    refused(InvalidInputError, "invalid_input", lambda: house.proposed(segment_events=float("inf")))
    for wrong in ({"explore": 0}, {"explore": float("nan")}, {"calm": float("nan")}, {"draws": 4}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            house.proposed(**wrong)


# --- judging ----------------------------------------------------------------------------------------------------------


def test_a_judgement_is_asked_for_once_and_done_once(house: House) -> None:
    house.proposed()
    assert house.desk.judge("calm-4", LIN).candidate.state == "judging"
    refused(ConflictError, "being_judged", lambda: house.desk.judge("calm-4", LIN))
    oracle = Oracle("ship", {})
    work = JudgePolicies(house.store, oracle)  # type: ignore[arg-type]
    assert work(*house.queue.asked[0]) is not None
    assert work(*house.queue.asked[0]) is None, "the message came twice"
    assert work("calm-4", "forged") is None
    assert oracle.asked == 1
    shown = house.desk.shown().candidates[0]
    assert (shown.candidate.state, shown.in_the_way) == ("judged", None)
    assert house.desk.verdict("calm-4").answer == "ship"


def test_a_judgement_that_was_lost_may_be_asked_for_again_and_the_old_one_comes_to_nothing(house: House) -> None:
    house.proposed()
    house.desk.judge("calm-4", LIN)
    house.clock.moment += timedelta(minutes=31)
    house.desk.judge("calm-4", LIN)
    work = JudgePolicies(house.store, Oracle("ship", {}))  # type: ignore[arg-type]
    assert work(*house.queue.asked[0]) is None
    verdict = work(*house.queue.asked[1])
    assert verdict is not None
    assert verdict.at == iso(house.clock.moment)


def test_a_judgement_that_the_queue_did_not_take_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.proposed()

    def away(policy_id: str, job: str) -> None:
        raise TransientError("the queue is away", where="queue")

    with monkeypatch.context() as patched:
        patched.setattr(house.queue, "ask", away)
        with pytest.raises(TransientError):
            house.desk.judge("calm-4", LIN)
    assert house.store.get("calm-4").state == "proposed"
    house.desk.judge("calm-4", LIN)


def test_without_a_verdict_there_is_none_to_show(house: House) -> None:
    house.proposed()
    with pytest.raises(NotFoundError):
        house.desk.verdict("calm-4")


# --- releasing --------------------------------------------------------------------------------------------------------


def test_a_verdict_that_says_ship_lets_it_through(house: House) -> None:
    house.proposed()
    house.judged()
    live = house.desk.release("calm-4", Order(expect=0), LIN)
    assert (live.number, live.override, live.by) == (1, "", "lin")
    assert live.verdict is not None
    assert live.verdict.answer == "ship"
    assert house.live.settings("home").policy_id == "calm-4"
    assert house.rebuilds.asked == [""]
    assert house.actions()[-1] == "policy_released"
    assert house.desk.shown().candidates[0].released
    assert house.store.get("calm-4").releases == (1,)


def test_a_policy_of_one_placement_leaves_the_others(house: House) -> None:
    house.proposed("home-1", "home")
    house.judged("home-1")
    house.desk.release("home-1", Order(), LIN)
    assert (house.live.settings("home").policy_id, house.live.settings("search")) == ("home-1", BUILT_IN)
    assert house.rebuilds.asked == ["home"]
    house.proposed("all-1")
    house.judged("all-1")
    house.desk.release("all-1", Order(), LIN)
    assert house.live.settings("home").policy_id == "all-1", "put everywhere it replaces what single placements had"


@pytest.mark.parametrize("answer", ["do_not_ship", "cannot_tell"])
def test_without_ship_nobody_releases_but_an_admin_with_a_reason(house: House, answer: str) -> None:
    house.proposed()
    house.judged(answer=answer)
    assert house.store.get("calm-4").state == ("refused" if answer == "do_not_ship" else "judged")
    refused(ConflictError, "not_ship", lambda: house.desk.release("calm-4", Order(), ADMIN))
    refused(ConflictError, "not_ship", lambda: house.desk.release("calm-4", Order(override="  "), ADMIN))
    refused(ForbiddenError, "override_for_admins", lambda: house.desk.release("calm-4", Order(override="trust me"), LIN))
    live = house.desk.release("calm-4", Order(override="a festival tomorrow, the log knows none"), ADMIN)
    assert (live.override, live.by) == ("a festival tomorrow, the log knows none", "olga")
    entry = house.trail.entries[-1]
    assert (entry.action, entry.detail["override"], entry.detail["verdict"], entry.detail["stale"]) == (
        "policy_overridden",
        "a festival tomorrow, the log knows none",
        answer,
        "not_ship",
    )
    house.desk.roll_back(Back(), LIN)
    # Shown for ever.
    assert [each.override for each in house.desk.shown().states] == ["", "a festival tomorrow, the log knows none"]


def test_nobody_releases_what_was_never_judged(house: House) -> None:
    house.proposed()
    refused(ConflictError, "no_verdict", lambda: house.desk.release("calm-4", Order(), LIN))
    assert house.store.current().number == 0


def test_an_old_verdict_is_none(house: House) -> None:
    house.proposed()
    house.judged()
    house.clock.moment += timedelta(hours=48, seconds=1)
    refused(ConflictError, "verdict_old", lambda: house.desk.release("calm-4", Order(), LIN))
    assert house.desk.shown().candidates[0].in_the_way is not None


def test_a_verdict_of_other_settings_is_none(house: House) -> None:
    """Somebody forged the fingerprint, or the settings behind it."""
    house.proposed()
    house.judged(fingerprint="0" * 32)
    refused(ConflictError, "verdict_of_another", lambda: house.desk.release("calm-4", Order(), LIN))
    honest = House()
    honest.proposed()
    honest.judged()
    other = honest.store.get("calm-4").model_copy(update={"settings": PolicySettings(policy_id="calm-4", calm=99)})
    honest.store.candidates["calm-4"] = other
    refused(ConflictError, "verdict_of_another", lambda: honest.desk.release("calm-4", Order(), LIN))


def test_a_verdict_against_what_is_gone_is_none(house: House) -> None:
    for name in ("calm-4", "calm-5"):
        house.proposed(name)
        house.judged(name)
    house.desk.release("calm-4", Order(), LIN)
    refused(ConflictError, "verdict_against_another", lambda: house.desk.release("calm-5", Order(), LIN))


def test_a_policy_of_another_placement_does_not_make_a_verdict_stale(house: House) -> None:
    house.proposed("home-1", "home")
    house.proposed("search-1", "search")
    for name in ("home-1", "search-1"):
        house.judged(name)
    house.desk.release("home-1", Order(), LIN)
    assert house.desk.release("search-1", Order(), LIN).number == 2


def test_what_was_looked_at_is_what_is_released(house: House) -> None:
    house.proposed()
    house.judged()
    refused(ConflictError, "policies_changed", lambda: house.desk.release("calm-4", Order(expect=3), LIN))
    refused(ConflictError, "verdict_changed", lambda: house.desk.release("calm-4", Order(verdict_id="another"), LIN))


def test_of_two_releases_at_once_one_wins(house: House) -> None:
    house.proposed("calm-4", "home")
    house.proposed("calm-5", "home")
    for name in ("calm-4", "calm-5"):
        house.judged(name)

    def rival() -> None:
        house.store.before_put = lambda: None
        house.desk.release("calm-5", Order(), LIN)

    house.store.before_put = rival
    refused(ConflictError, "policies_changed", lambda: house.desk.release("calm-4", Order(), LIN))
    assert house.live.settings("home").policy_id == "calm-5"
    assert house.store.get("calm-4").releases == ()


def test_a_withdrawal_between_look_and_release_stops_it(house: House) -> None:
    house.proposed()
    house.judged()

    def rival() -> None:
        house.store.before_put = lambda: None
        house.desk.close("calm-4", "second thoughts", ADMIN, refused=False)

    house.store.before_put = rival
    refused(ConflictError, "policies_changed", lambda: house.desk.release("calm-4", Order(), LIN))
    assert house.store.current().number == 0


def test_a_reason_that_was_not_needed_is_a_note(house: House) -> None:
    house.proposed()
    house.judged()
    live = house.desk.release("calm-4", Order(override="just to be sure"), LIN)
    assert (live.override, live.note) == ("", "just to be sure")


# --- going back, closing ----------------------------------------------------------------------------------------------


def test_going_back_is_always_allowed_and_audited(house: House) -> None:
    refused(ConflictError, "nothing_before", lambda: house.desk.roll_back(Back(), LIN))
    for name in ("p-1", "p-2"):
        house.proposed(name)
        house.judged(name)
        house.desk.release(name, Order(), LIN)
    house.clock.moment += timedelta(days=30)
    live = house.desk.roll_back(Back(note="carts fell"), LIN)
    assert (live.number, live.restores, house.live.settings("home").policy_id) == (3, 1, "p-1")
    assert (house.actions()[-1], house.trail.entries[-1].detail["from"]) == ("policies_rolled_back", 2)
    assert house.rebuilds.asked[-1] == ""
    # Twice goes two back, and then there is nothing.
    assert house.desk.roll_back(Back(), LIN).everywhere == BUILT_IN
    refused(ConflictError, "nothing_before", lambda: house.desk.roll_back(Back(), LIN))
    assert house.desk.roll_back(Back(to=2), LIN).policy_id == "p-2"
    with pytest.raises(NotFoundError):
        house.desk.roll_back(Back(to=99), LIN)
    refused(ConflictError, "policies_changed", lambda: house.desk.roll_back(Back(expect=1), LIN))


def test_one_placement_goes_back_alone(house: House) -> None:
    for name, where in (("home-1", "home"), ("search-1", "search")):
        house.proposed(name, where)
        house.judged(name)
        house.desk.release(name, Order(), LIN)
    live = house.desk.roll_back(Back(placement="home"), LIN)
    assert (live.settings("home"), live.settings("search").policy_id) == (BUILT_IN, "search-1")
    undone = house.desk.roll_back(Back(), LIN)
    assert undone.settings("home").policy_id == "home-1"
    refused(InvalidInputError, "placement_unknown", lambda: house.desk.roll_back(Back(placement="cellar"), LIN))


def test_what_is_closed_is_never_released(house: House) -> None:
    house.proposed()
    house.judged()
    assert house.desk.close("calm-4", "no", ADMIN, refused=True).candidate.state == "refused"
    for does in (lambda: house.desk.release("calm-4", Order(override="yes"), ADMIN), lambda: house.desk.judge("calm-4", LIN)):
        refused(ConflictError, "policy_closed", does)
    house.proposed("p-2")
    house.judged("p-2")
    house.desk.release("p-2", Order(), LIN)
    refused(ConflictError, "policy_is_live", lambda: house.desk.close("p-2", "no", ADMIN, refused=False))


def test_a_verdict_that_comes_after_the_withdrawal_changes_nothing(house: House) -> None:
    house.proposed()
    house.desk.judge("calm-4", LIN)
    house.desk.close("calm-4", "no", LIN, refused=False)
    assert JudgePolicies(house.store, Oracle("ship", {}))(*house.queue.asked[0]) is None  # type: ignore[arg-type]
    assert house.store.get("calm-4").state == "withdrawn"


def test_the_state_before_a_rollback_is_the_one_before_what_it_restored() -> None:
    states = {
        1: Live(number=1),
        2: Live(number=2),
        3: Live(number=3, action="rollback", restores=1),
        4: Live(number=4),
        5: Live(number=5, action="rollback", restores=2),
    }
    assert [(before(states, states[n]) or Live(number=-1)).number for n in (1, 2, 3, 4, 5)] == [0, 1, 0, 1, 1]
    assert before(states, Live()) is None


def test_a_candidate_without_a_verdict_is_told_why_it_waits() -> None:
    candidate = Candidate(settings=PolicySettings(policy_id="x"), proposed_by="lin", proposed_at="")
    stale = stands_in_the_way(candidate, Live(), T0)
    assert stale is not None
    assert stale.words["zh"]
