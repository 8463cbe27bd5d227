"""The benchmark's arithmetic, on a run worked out by hand."""

from __future__ import annotations

import pytest

from infra.bench.figures import Call, Step, VenueRun, call_of, quantile, seeded_delay, summarize, venue_run
from infra.bench.line import TOPICS, sentences
from infra.bench.machine import cpu_name, machine
from infra.local.models.faults import Faults


def _call(purpose: str, seconds: float, seeded: float) -> Call:
    return Call(key=purpose, purpose=purpose, venue_id="v-1", seconds=seconds, seeded=seeded)


def _run() -> VenueRun:
    spans = {
        "ExpandTheme": (10.0, 13.5),  # 0.5 of its own
        "RecallBySearch": (14.0, 14.2),
        "RecallByVector": (14.0, 17.4),  # 0.4 of its own
        "RecallByRules": (14.1, 17.3),  # 0.2 of its own
        "FuseRecall": (18.0, 18.1),
        "PlanFloors": (18.2, 18.4),
        "MatchTemplate": (18.5, 18.6),
        "RequestMaterials": (19.0, 25.0),
        "RenderPage": (25.5, 25.8),
        "InspectPage": (26.0, 26.4),
        "RequestReview": (26.5, 28.0),
        "PublishVenue": (28.5, 28.7),
    }
    return VenueRun(
        venue_id="v-1",
        asked=0.0,
        planned=9.0,
        steps={name: Step(name, *span) for name, span in spans.items()},
        calls=(
            _call("expand_theme", 3.0, 2.5),
            _call("recall_by_vector", 3.0, 2.0),
            _call("write_rules", 3.0, 2.9),
            _call("copy of hero", 1.2, 1.0),
            _call("copy of hero", 2.2, 2.0),  # repaired: one after the other
            _call("copy of floor-1", 2.6, 2.5),
            _call("picture of hero", 2.9, 2.8),
        ),
        planning=(_call("interpret_brief", 1.6, 1.5), _call("plan_themes", 3.9, 3.5)),
    )


def test_the_model_chain_takes_the_slowest_of_what_runs_side_by_side() -> None:
    planning, expand, slowest_recall, slowest_material = 5.0, 2.5, 2.9, 3.0
    assert _run().chain(own=False) == pytest.approx(planning + expand + slowest_recall + slowest_material)


def test_the_critical_path_adds_own_times_and_picks_the_branch_by_the_sum_of_both() -> None:
    own = 0.5 + 0.2 + 0.1 + 0.2 + 0.1 + 0.3 + 0.4 + 0.2  # the rules' branch: 2.9 + 0.2 beats the vectors' 2.0 + 0.4
    assert _run().chain(own=True) == pytest.approx(13.4 + own)


def test_a_step_shorter_than_its_booked_call_has_no_negative_time() -> None:
    run = _run()
    odd = VenueRun(run.venue_id, run.asked, run.planned, {"ExpandTheme": Step("ExpandTheme", 1.0, 2.0)}, run.calls)
    assert odd.own_seconds("ExpandTheme") == 0.0


def test_phases_add_up_to_the_venues_seconds() -> None:
    run = _run()
    assert list(run.phases()) == ["planning", "selecting", "materials", "page", "review", "publishing"]
    assert sum(run.phases().values()) == pytest.approx(run.seconds) == pytest.approx(28.7)


def test_gaps_lie_only_where_the_machine_alone_connects_two_steps() -> None:
    assert _run().gaps() == pytest.approx([0.5, 0.6, 0.1, 0.1, 0.2])


def test_a_summary_of_one_run() -> None:
    figures = summarize([_run()], wall_seconds=30.8)
    assert figures["critical_path_seconds"] == 15.4
    assert figures["wall_over_critical_path"] == 2.0
    assert figures["model_path_seconds"] == 13.4
    assert figures["steps"] == 12
    assert figures["own_ms_by_step"]["RecallByVector"] == 400
    assert "RequestReview" not in figures["own_ms_by_step"]
    # Ten steps are counted, the two that wait are not.
    assert figures["overhead_ms_per_step"] == pytest.approx(
        (0.5 + 0.2 + 0.4 + 0.2 + 0.1 + 0.2 + 0.1 + 0.3 + 0.4 + 0.2) / 10 * 1000, abs=0.1
    )
    assert figures["p50_venue_seconds"] == figures["p95_venue_seconds"] == 28.7


def test_without_a_published_venue_there_are_no_figures_and_no_missing_names() -> None:
    nothing = summarize([], wall_seconds=9.0)
    assert set(nothing) == set(summarize([_run()], 1.0))
    assert set(nothing.values()) == {None}


def test_the_seeded_delay_is_the_one_the_server_draws() -> None:
    faults = Faults(seed=3, delay={"chat": (1.0, 4.0), "image": (2.0, 2.0)})
    assert seeded_delay(faults, "chat", "copy of hero", "k") == faults.draw("chat", "write_copy", "k", 1).delay
    assert seeded_delay(faults, "image", "picture of hero", "k") == 2.0
    assert seeded_delay(faults, "embedding", "recall_by_vector", "k") == 0.0


def test_a_venue_is_read_from_what_the_api_shows() -> None:
    faults = Faults(delay={"chat": (2.0, 2.0)})
    ledger = [
        call_of({"call_key": "a", "purpose": "interpret_brief", "kind": "chat", "venue_id": "", "seconds": 2.1}, faults),
        call_of({"call_key": "b", "purpose": "expand_theme", "kind": "chat", "venue_id": "v-1", "seconds": 2.2}, faults),
        call_of({"call_key": "c", "purpose": "expand_theme", "kind": "chat", "venue_id": "v-2", "seconds": 2.3}, faults),
    ]
    detail = {
        "venue": {"venue_id": "v-1", "created_at": "2026-01-01T00:00:05.000Z"},
        "steps": [
            {"step": "ExpandTheme", "started_at": "2026-01-01T00:00:06.000Z", "ended_at": "2026-01-01T00:00:08.500Z"},
            {"step": "RecallBySearch", "started_at": "2026-01-01T00:00:09.000Z", "ended_at": ""},
        ],
    }
    run = venue_run(detail, "2026-01-01T00:00:00.000Z", ledger)
    assert run.planned - run.asked == 5.0
    assert list(run.steps) == ["ExpandTheme"]
    assert run.own_seconds("ExpandTheme") == pytest.approx(0.3)
    assert run.chain(own=False) == 4.0


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2.0), (0.95, 4.0), (0.01, 1.0), (1.0, 4.0)])
def test_quantiles_are_values_that_occurred(share: float, expected: float) -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], share) == expected


def test_no_quantile_of_nothing() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_sentences_are_seeded_differ_and_come_in_both_languages() -> None:
    asked = sentences(len(TOPICS), 7)
    assert asked == sentences(len(TOPICS), 7) != sentences(len(TOPICS), 8)
    assert len(set(asked)) == len(TOPICS)
    assert sum(sentence.isascii() for sentence in asked) == len(TOPICS) // 2


def test_the_machine_tells_its_cores() -> None:
    told = machine()
    assert told["cores"] >= 1
    assert told["model"]
    assert cpu_name(["processor\t: 0\n", "model name\t: Fast 9000\n"]) == "Fast 9000"
    assert cpu_name(["processor : 0"]) == ""
