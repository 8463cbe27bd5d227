"""One contract: candidates, verdicts and what has the traffic, in memory (tests) and on DynamoDB and S3."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from huichang.adapters.dynamodb import policies as policies_module
from huichang.adapters.dynamodb.policies import DynamoPolicies
from huichang.delivery.release.model import Candidate, Data, Live, PolicyStore, Verdict
from huichang.delivery.serving.ports import PolicySettings
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.kernel.language import both
from tests.support.memory_policies import MemoryPolicies
from tests.support.moto_aws import make_bucket, make_table, moto_aws


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[PolicyStore]:
    if request.param == "memory":
        yield MemoryPolicies()
        return
    monkeypatch.setattr(policies_module.time, "sleep", lambda _: None)
    with moto_aws():
        yield DynamoPolicies(make_table(), make_bucket())


def a_candidate(policy_id: str = "calm-4", **changes: object) -> Candidate:
    said = {"settings": PolicySettings(policy_id=policy_id, calm=4), "proposed_by": "lin", "proposed_at": "2026-09-01T08:00:00.000Z"}
    return Candidate.model_validate(said | changes)


def a_verdict(candidate: Candidate, verdict_id: str = "judgement-1", answer: str = "ship") -> Verdict:
    return Verdict.model_validate(
        {
            "verdict_id": verdict_id,
            "policy_id": candidate.policy_id,
            "placement": candidate.placement,
            "fingerprint": candidate.fingerprint,
            "against": Live().fingerprint(candidate.placement),
            "against_policies": ["built-in"],
            "at": "2026-09-01T09:00:00.000Z",
            "answer": answer,
            "refused": False,
            "codes": ["better"],
            "words": both("可以上线。", "Ship."),
            "data": Data(placements=("home",)),
        }
    )


def test_a_name_is_used_once(store: PolicyStore) -> None:
    assert store.propose(a_candidate())
    assert not store.propose(a_candidate(proposed_by="rival"))
    assert store.get("calm-4").proposed_by == "lin"
    assert store.propose(a_candidate("newer", proposed_at="2026-09-02T08:00:00.000Z"))
    assert [each.policy_id for each in store.all()] == ["newer", "calm-4"]
    with pytest.raises(NotFoundError):
        store.get("nobody")


def test_a_change_may_refuse_and_sees_the_newest(store: PolicyStore) -> None:
    store.propose(a_candidate())
    assert store.change("calm-4", lambda each: each.model_copy(update={"job": "j-1"})).job == "j-1"

    def no(_: Candidate) -> Candidate:
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        store.change("calm-4", no)
    with pytest.raises(NotFoundError):
        store.change("nobody", lambda each: each)
    assert store.get("calm-4").job == "j-1"


def test_verdicts_are_kept_whole(store: PolicyStore) -> None:
    candidate = a_candidate()
    store.propose(candidate)
    verdict = a_verdict(candidate)
    store.keep(verdict)
    store.keep(verdict)
    assert store.verdict("calm-4", "judgement-1") == verdict
    with pytest.raises(NotFoundError):
        store.verdict("calm-4", "another")


def test_states_are_numbered_and_never_changed(store: PolicyStore) -> None:
    assert (store.current(), store.states()) == (Live(), [])
    assert store.put_live(Live(number=1, by="lin"))
    assert not store.put_live(Live(number=1, by="rival"))
    assert store.put_live(Live(number=2, by="lin", action="rollback"))
    assert store.current().number == 2
    assert [each.number for each in store.states()] == [2, 1]
    assert [each.number for each in store.states(1)] == [2]


def test_a_state_and_the_record_of_what_it_brings_are_written_together(store: PolicyStore) -> None:
    candidate = a_candidate()
    store.propose(candidate)
    store.change("calm-4", lambda each: each.model_copy(update={"state": "withdrawn"}))
    assert not store.put_live(Live(number=1), candidate), "it changed since it was read"
    assert store.current().number == 0
    assert store.put_live(Live(number=1), store.get("calm-4"))
    assert store.get("calm-4").releases == (1,)


def test_of_many_releases_at_once_one_wins(store: PolicyStore) -> None:
    for number in range(6):
        store.propose(a_candidate(f"p-{number}"))
    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(lambda n: store.put_live(Live(number=1, policy_id=f"p-{n}"), store.get(f"p-{n}")), range(6)))
    assert won.count(True) == 1
    assert store.current().policy_id == f"p-{won.index(True)}"
    assert [bool(store.get(f"p-{n}").releases) for n in range(6)] == won
