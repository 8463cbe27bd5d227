"""`huichang feedback export`: whole files, every page, the formats of preference tuning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huichang.materials.feedback import Made
from tests.support.cli import Cli
from tests.support.memory_constraints import a_feedback


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    cli = Cli(tmp_path)
    accepted = Made(result_key="r2", content_hash="h2", texts={"title": "熊猫上新"})
    for number in range(230):
        closed = {} if number % 2 else {"accepted": accepted, "accepted_by": "rita"}
        cli.network.api.feedback.create(
            a_feedback(f"fb-{number:03d}", rejected_at=f"2026-09-01T08:{number // 60:02d}:{number % 60:02d}.000Z", **closed)
        )
    return cli


def test_pairs_are_written_whole_over_all_pages(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    ran = cli("feedback", "export", "--out", str(out))
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert (ran.code, ran.out, len(lines)) == (0, "", 115)
    assert {"prompt", "rejected", "accepted", "reason"} <= lines[0].keys()
    assert len({line["feedback_id"] for line in lines}) == 115
    assert "115 lines" in ran.err
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_all_includes_what_was_never_accepted(cli: Cli) -> None:
    lines = [json.loads(line) for line in cli("feedback", "export", "--all").out.splitlines()]
    assert len(lines) == 230
    assert sum(line["accepted"] is None for line in lines) == 115


def test_the_formats_of_tuners(cli: Cli) -> None:
    dpo = json.loads(cli("feedback", "export", "--format", "dpo").out.splitlines()[0])
    assert json.loads(dpo["chosen"]) == {"texts": [{"slot": "title", "text": "熊猫上新"}]}
    assert json.loads(dpo["rejected"]) == {"texts": [{"slot": "title", "text": "亲们来啦"}]}
    chat = json.loads(cli("feedback", "export", "--format", "chat").out.splitlines()[0])
    assert [message["role"] for message in chat["input"]["messages"]] == ["system", "user"]
    assert chat["preferred_output"][0]["role"] == "assistant"


@pytest.mark.parametrize("wrong", [("--format", "csv"), ("--kind", "sound"), ("--all", "--format", "dpo")])
def test_what_cannot_be_exported(cli: Cli, wrong: tuple[str, ...]) -> None:
    ran = cli("feedback", "export", *wrong)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_operators_may_not(cli: Cli) -> None:
    assert cli("feedback", "export", role="operator").code != 0
