"""`make live-model` on this machine: against the offline model server, against one that lies, and against its own caps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.bench.live_model import main
from infra.bench.planning import PlanningRig, Trends
from tests.support.fakes import FakeProductIndex
from tests.support.hostile_server import HostileServer, hostile_server
from tests.support.little_shop import shop
from tests.support.model_server import running

KEY = "sk-never-shown"


@pytest.fixture(scope="module")
def rig() -> PlanningRig:
    return PlanningRig(FakeProductIndex(shop()), Trends())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def liar() -> Iterator[HostileServer]:
    with hostile_server() as server:
        yield server


def run(capsys: pytest.CaptureFixture[str], rig: PlanningRig, *arguments: str, **environ: str) -> tuple[int, dict[str, Any], str]:
    code = main([*arguments, "--timeout", "20"], rig=rig, environ={"MODEL_API_KEY": KEY} | environ)
    out, err = capsys.readouterr()
    assert KEY not in out + err
    return code, json.loads(out) if out else {}, err


def test_without_a_server_it_says_how_to_be_used(capsys: pytest.CaptureFixture[str], rig: PlanningRig) -> None:
    code, figures, said = run(capsys, rig)
    assert (code, figures) == (2, {})
    assert "MODEL_BASE_URL is not set" in said
    assert "make live-model" in said


def test_a_model_without_a_price_is_not_called(capsys: pytest.CaptureFixture[str], rig: PlanningRig, liar: HostileServer) -> None:
    liar.calls = 0
    code, _, said = run(capsys, rig, "--base-url", liar.url, "--chat-model", "nobody-knows")
    assert (code, liar.calls) == (2, 0)
    assert "nobody knows what a call of nobody-knows costs" in said
    code, _, said = run(capsys, rig, "--base-url", liar.url, "--chat-model", "nobody-knows", "--dry-run", UNKNOWN_MODEL_PRICE="gpt-5-mini")
    assert (code, liar.calls) == (0, 0)
    assert "it stops before it has spent 1 USD" in said


def test_a_server_that_lies_is_told_so(capsys: pytest.CaptureFixture[str], rig: PlanningRig, liar: HostileServer) -> None:
    liar.case = {"texts": {"title": "全场三折包邮", "subtitle": "仅剩3件", "text": "Half price today only"}}
    code, figures, _ = run(capsys, rig, "--base-url", liar.url, "--venues", "1")
    assert code == 1
    assert figures["complete"] is False
    assert figures["planned"] == {"zh": False, "en": False}
    assert figures["copies"] == figures["fallbacks"] >= 3
    assert {"discount", "scarcity"} <= set(figures["claims"])
    assert figures["unusable"] >= 2
    assert figures["schema_failures"] >= figures["repairs"]
    assert figures["gate_findings"] == {}  # what was kept is plain


def test_the_caps_stop_it(capsys: pytest.CaptureFixture[str], rig: PlanningRig, liar: HostileServer) -> None:
    liar.case, liar.calls = {"content": "no"}, 0
    code, figures, _ = run(capsys, rig, "--base-url", liar.url, "--most-calls", "3")
    assert (code, liar.calls, figures["calls"]) == (1, 3, 3)
    assert figures["stopped"].startswith("cap reached")
    liar.calls = 0
    code, figures, _ = run(capsys, rig, "--base-url", liar.url, "--cap", "0")
    assert (code, liar.calls, figures["cost_usd"]) == (1, 0, "0")


def test_the_offline_server_is_measured(capsys: pytest.CaptureFixture[str], rig: PlanningRig) -> None:
    with running() as server:
        code, figures, _ = run(
            capsys, rig, "--base-url", f"{server.url}/v1", "--chat-model", "huichang-offline-chat", "--venues", "1", "--pictures", "1",
            IMAGE_MODEL="huichang-offline-image",
        )  # fmt: skip
    assert figures["offline"] is True
    assert figures["copies"] >= 3
    assert figures["fallbacks"] == 0
    assert figures["claims"] == {}
    assert figures["pictures"]["made"] == 1
    assert float(figures["cost_usd"]) > 0
    assert code == (0 if figures["complete"] else 1)
    assert set(figures["seconds"]["copy"]) == {"p50", "p95"}
