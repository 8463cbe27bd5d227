"""A venue that fails says why, in words an operator can act on."""

from __future__ import annotations

import json

import pytest

from huichang.kernel.events import VenueFailed
from huichang.line.keys import StepError
from huichang.pages.model import Finding
from tests.support.line_fakes import Line


def lambda_error(kind: str, message: str) -> StepError:
    return StepError(Error=kind, Cause=json.dumps({"errorType": kind, "errorMessage": message}))


def failed_with(line: Line, error: StepError) -> tuple[str, str, str, str]:
    line.fail_venue(line.step(), error)
    assert line.venue.status == "failed"
    failure = line.venue.failure
    assert failure
    assert failure.mend
    assert line.bus.last(VenueFailed).reason == failure.message
    return failure.code, failure.message, failure.mend, failure.step


def test_a_permanent_error_is_told_as_the_step_told_it() -> None:
    line = Line()
    with pytest.raises(Exception, match="stored under"):
        line.match_template(line.step())
    code, message, mend, step = failed_with(line, lambda_error("PermanentError", "nothing is stored under x"))
    assert (code, message, step) == ("failed", "nothing is stored under x", "MatchTemplate")
    assert "重新开始" in mend


def test_something_that_was_away_too_long_can_be_tried_again() -> None:
    code, message, mend, _ = failed_with(Line(), lambda_error("TransientError", "ThrottlingException from AWS"))
    assert (code, message) == ("try_again", "ThrottlingException from AWS")
    assert "长时间没有响应" in mend


def test_a_wait_that_nobody_ended_names_its_step_and_ends_it() -> None:
    line = Line()
    line.select()
    line.request_materials(line.step("t1"))
    code, message, mend, step = failed_with(line, StepError(Error="States.Timeout"))
    assert (code, message, step) == ("try_again", "States.Timeout", "RequestMaterials")
    assert "等待超时" in mend
    record = line.venues.step("v-1", "RequestMaterials")
    assert record
    assert (record.status, record.error) == ("failed", "States.Timeout")  # no step goes on running in a failed venue


def test_lost_words_are_named() -> None:
    line = Line()
    line.select()
    line.request_materials(line.step("t1"))
    line.make("hero.copy")
    ((_, _, said),) = line.tokens.told
    code, message, _, step = failed_with(line, StepError(Error=said["error"], Cause=said["cause"]))
    assert (code, step) == ("failed", "RequestMaterials")
    assert "hero.copy: no copy for hero" in message


def blocked_line() -> Line:
    white = Finding(severity="blocker", rule="white", place="phone", message="nothing to be seen", mend="look at the styles")
    small = Finding(severity="warning", rule="tap", place="tabs", message="small targets", mend="bigger ones")
    line = Line(white, small)
    line.select()
    line.request_materials(line.step("t1"))
    line.make()
    line.render_page(line.step())
    assert line.inspect_page(line.step())["blocked"]
    return line


def test_blockers_of_the_inspection_are_the_reason() -> None:
    line = blocked_line()
    code, message, mend, _ = failed_with(line, StepError(Error="PermanentError", Cause="The inspection found blockers."))
    assert code == "inspection"
    assert "phone: nothing to be seen" in message
    assert "small targets" not in message
    assert "look at the styles" in mend


def test_an_inspection_of_another_version_or_an_earlier_try_is_no_reason() -> None:
    line = blocked_line()
    line.venues.update("v-1", staged_version="rendered again since")
    assert failed_with(line, lambda_error("PermanentError", "x"))[:2] == ("failed", "x")
    line = blocked_line()
    line.venues.update("v-1", status="selecting")
    assert failed_with(line, lambda_error("PermanentError", "x"))[:2] == ("failed", "x")


def test_the_word_inspection_in_an_error_is_only_a_word() -> None:
    code, message, _, _ = failed_with(Line(), lambda_error("PermanentError", "the inspection service said no"))
    assert (code, message) == ("failed", "the inspection service said no")


def test_a_reason_that_was_written_down_is_not_written_over() -> None:
    line = Line()
    first = failed_with(line, lambda_error("PermanentError", "short of stock"))
    assert line.fail_venue(line.step(), StepError(Error="States.Timeout")) == {"code": first[0]}
    assert line.venue.failure
    assert line.venue.failure.message == "short of stock"
    assert line.bus.names.count("VenueFailed") == 1


def test_a_run_that_was_superseded_fails_nothing() -> None:
    line = Line()
    line.runs.start_again(line.venue, "edited by olga")
    before = line.venue
    assert line.fail_venue(line.step(run=1), StepError(Error="States.TaskFailed")) == {"code": "superseded"}
    assert line.venue == before
    assert line.bus.events == []


def test_an_endless_cause_is_cut() -> None:
    _, message, _, _ = failed_with(Line(), StepError(Error="PermanentError", Cause="x" * 30_000))
    assert len(message) == 1500
