"""One contract, every store of constraints and of feedback: in memory (tests) and on DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huichang.adapters.dynamodb.constraints import DynamoConstraints
from huichang.adapters.dynamodb.feedback import DynamoFeedback
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.materials.checks import Checks
from huichang.materials.constraints import ConstraintStore
from huichang.materials.feedback import FeedbackStore, Made
from tests.support.memory_constraints import MemoryConstraints, MemoryFeedback, a_constraint, a_feedback, a_place
from tests.support.moto_aws import make_table, moto_aws

LATER = "2026-09-02T08:00:00.000Z"


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[ConstraintStore, FeedbackStore]]:
    if request.param == "memory":
        yield MemoryConstraints(), MemoryFeedback()
        return
    with moto_aws():
        table = make_table()
        yield DynamoConstraints(table), DynamoFeedback(table)


@pytest.fixture
def store(stores: tuple[ConstraintStore, FeedbackStore]) -> ConstraintStore:
    return stores[0]


@pytest.fixture
def feedback(stores: tuple[ConstraintStore, FeedbackStore]) -> FeedbackStore:
    return stores[1]


def test_a_constraint_lies_where_its_pages_look(store: ConstraintStore) -> None:
    made = {
        level: a_constraint(f"cst-{level}", level=level) for level in ("component", "venue", "template", "style", "industry", "everywhere")
    }
    for constraint in made.values():
        assert store.create(constraint)
    assert {each.constraint_id for each in store.on_shelves(a_place().shelves())} == {each.constraint_id for each in made.values()}
    elsewhere = a_place(venue_id="v-2", template="festival", industry="home")
    assert {each.constraint_id for each in store.on_shelves(elsewhere.shelves())} == {"cst-style", "cst-everywhere"}
    assert store.get("cst-style") == made["style"]


def test_the_same_id_is_stored_once(store: ConstraintStore) -> None:
    first = a_constraint()
    assert store.create(first)
    assert not store.create(a_constraint(created_by="lin"))
    assert store.get("cst-1") == first


def test_an_edit_counts_and_moves_with_its_scope(store: ConstraintStore) -> None:
    constraint = a_constraint()
    store.create(constraint)
    wider = constraint.model_copy(update={"scope": a_place().scope("industry"), "changed_by": "lin"})
    changed = store.change(wider)
    assert (changed.revision, changed.scope.level, changed.changed_by) == (2, "industry", "lin")
    assert store.get("cst-1") == changed
    assert store.on_shelves(["venue#v-1"]) == []
    assert store.on_shelves(["industry#toys"]) == [changed]
    words = changed.said.model_copy(update={"checks": Checks(no_numbers=True)})
    again = store.change(changed.model_copy(update={"said": words}))
    assert store.on_shelves(["industry#toys"]) == [again]


def test_a_retired_one_holds_nowhere_and_comes_back(store: ConstraintStore) -> None:
    constraint = a_constraint()
    store.create(constraint)
    retired = store.change(constraint.model_copy(update={"status": "retired"}))
    assert store.on_shelves(["venue#v-1"]) == []
    assert store.page(status="active").constraints == ()
    assert store.page(status="retired").constraints == (retired,) == store.page().constraints
    back = store.change(retired.model_copy(update={"status": "active"}))
    assert store.on_shelves(["venue#v-1"]) == [back]


def test_of_two_edits_from_one_revision_the_second_is_told(store: ConstraintStore) -> None:
    constraint = a_constraint()
    store.create(constraint)
    store.change(constraint.model_copy(update={"changed_by": "mei"}))
    with pytest.raises(ConflictError) as caught:
        store.change(constraint.model_copy(update={"changed_by": "lin", "scope": a_place().scope("everywhere")}))
    assert caught.value.code == "constraint_changed"
    assert store.get("cst-1").changed_by == "mei"
    assert [each.constraint_id for each in store.on_shelves(a_place().shelves())] == ["cst-1"]


def test_constraints_are_paged_newest_first(store: ConstraintStore) -> None:
    for number in range(5):
        store.create(a_constraint(f"cst-{number}", created_at=f"2026-09-0{number + 1}T08:00:00.000Z"))
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = store.page(cursor=cursor, limit=2)
        seen += [each.constraint_id for each in page.constraints]
        cursor = page.next
    assert (seen, cursor) == (["cst-4", "cst-3", "cst-2", "cst-1", "cst-0"], "")


def test_what_is_unknown_is_not_found(store: ConstraintStore, feedback: FeedbackStore) -> None:
    for call in (lambda: store.get("x"), lambda: store.change(a_constraint("x")), lambda: feedback.accept(a_feedback("x"))):
        with pytest.raises(NotFoundError):
            call()


def test_feedback_is_stored_once_and_accepted_once(feedback: FeedbackStore) -> None:
    assert not feedback.exists("v-1", "fb-1")
    assert feedback.create(a_feedback())
    assert not feedback.create(a_feedback(reason="another"))
    assert feedback.exists("v-1", "fb-1")
    accepted = Made(result_key="r2", content_hash="h2", texts={"title": "熊猫上新"})
    closed = a_feedback(accepted=accepted, accepted_by="rita", accepted_at=LATER)
    assert feedback.accept(closed)
    assert not feedback.accept(closed.model_copy(update={"accepted_by": "lin"}))
    assert feedback.of_venue("v-1") == [closed]
    assert feedback.of_venue("v-2") == []


def test_feedback_is_paged_newest_first(feedback: FeedbackStore) -> None:
    for number in range(3):
        feedback.create(a_feedback(f"fb-{number}", venue_id=f"v-{number}", rejected_at=f"2026-09-0{number + 1}T08:00:00.000Z"))
    first = feedback.page(limit=2)
    assert [each.feedback_id for each in first.entries] == ["fb-2", "fb-1"]
    second = feedback.page(cursor=first.next, limit=2)
    assert ([each.feedback_id for each in second.entries], second.next) == (["fb-0"], "")
