"""The guard that keeps the suite from real calls (tests/conftest.py), and that it is on."""

from __future__ import annotations

import socket
import urllib.request

import pytest

from huichang.adapters.openai_models import OpenAIModels
from huichang.adapters.paid_calls import PaidCalls
from huichang.kernel.models import CallContext
from huichang.ledger.prices import free
from huichang.materials.model import CopyAnswer
from huichang.prompts import render
from huichang.quotas.model import Unlimited
from tests.support.fakes import FakeClock
from tests.support.memory_calls import MemoryCalls
from tests.support.memory_ledger import MemoryLedger
from tests.support.no_network import RealCallError, is_local


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "0.0.0.0", "api.localhost"])  # noqa: S104
def test_this_machine(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host", ["api.openai.com", "10.0.0.1", "169.254.169.254", "8.8.8.8", "2001:db8::1", "localhost.evil.test", "127.0.0.1.evil.test"]
)
def test_the_world(host: str) -> None:
    assert not is_local(host)


def test_sockets_do_not_leave_this_machine() -> None:
    with socket.socket() as tcp, pytest.raises(RealCallError, match=r"192\.0\.2\.1:443"):
        tcp.connect(("192.0.2.1", 443))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, pytest.raises(RealCallError):
        udp.sendto(b"x", ("192.0.2.1", 53))
    with pytest.raises(RealCallError, match=r"example\.com"):
        urllib.request.urlopen("http://example.com", timeout=1)


def test_a_local_server_is_reached() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        client.connect(server.getsockname())


def test_the_adapter_to_models_is_stopped_as_well_and_does_not_call_it_an_outage() -> None:
    clock = FakeClock()
    paid = PaidCalls(
        call_log=MemoryCalls(),
        ledger=MemoryLedger(clock),
        limiter=Unlimited(),
        priorities=Unlimited(),
        prices=free(),
        clock=clock,
        timeout=5,
    )
    models = OpenAIModels(
        base_url="https://api.example.com/v1", api_key="k", chat_model="m", embedding_model="m", image_model="m", query_prefix="",
        passage_prefix="", timeout=5, calls=paid, clock=clock,
    )  # fmt: skip
    prompt = render("write_copy", {"slots": [], "facts": {}, "constraints": []}, component="hero", language="en")
    with pytest.raises(RealCallError):
        models.ask(prompt, CopyAnswer, CallContext(campaign_id="c-real"))
