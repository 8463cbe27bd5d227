"""The operators' synonym file: checked before it is kept, in use within half a minute, audited."""

from __future__ import annotations

import pytest

from huichang.kernel.errors import InvalidInputError, TransientError
from huichang.line.synonyms import KEY, CurrentSynonyms, SynonymDesk
from tests.support.line_fakes import OPERATOR, FakeAudit, FakeFiles, TickingClock
from tests.support.web_api import Api


def test_a_file_with_a_circle_leaves_the_old_one() -> None:
    files, trail = FakeFiles(), FakeAudit()
    desk = SynonymDesk(files, trail, TickingClock())
    assert desk.show().built_in
    assert desk.replace("mug, cup", OPERATOR).phrases == 2
    with pytest.raises(InvalidInputError, match="lines 1, 2 go in a circle"):
        desk.replace("a => b\nb => a", OPERATOR)
    assert desk.show().text == "mug, cup"
    assert [entry.action for entry in trail.entries] == ["replace_synonyms"]


def test_searches_see_a_new_file_within_half_a_minute() -> None:
    files, now = FakeFiles(), [0.0]
    current = CurrentSynonyms(files, timer=lambda: now[0])
    assert "公仔" in current().alternatives("玩偶")
    files.objects[KEY] = b"mug, cup"
    assert current().alternatives("mug") == ()
    now[0] = 31
    assert current().alternatives("mug") == ("cup",)


def test_a_store_that_is_away_leaves_the_last_file(monkeypatch: pytest.MonkeyPatch) -> None:
    files, now = FakeFiles(), [0.0]
    files.objects[KEY] = b"mug, cup"
    current = CurrentSynonyms(files, timer=lambda: now[0])
    current()

    def away(_: str) -> bytes:
        raise TransientError("away")

    monkeypatch.setattr(files, "get", away)
    now[0] = 31
    assert current().alternatives("mug") == ("cup",)
    with pytest.raises(TransientError):
        CurrentSynonyms(files)()


def test_the_routes() -> None:
    api = Api()
    assert api("GET", "/api/catalogue/synonyms", role="operator").json["built_in"] is True
    refused = api("PUT", "/api/catalogue/synonyms", role="operator", body={"text": "a => b\nb => a"})
    assert refused.status == 400
    assert "lines 1, 2" in refused.json["detail"]
    assert api("PUT", "/api/catalogue/synonyms", role="reviewer", body={"text": "a, b"}).status == 403
    assert api("PUT", "/api/catalogue/synonyms", role="operator", body={"text": "a, b"}).json["phrases"] == 2
    offers = {"offers": [{"product_id": "p1", "at": "2026-09-01T08:00:00Z", "stock": 3}]}
    sent = api("POST", "/api/catalogue/offers", role="operator", body=offers)
    assert (sent.status, sent.json) == (202, {"accepted": 1})
    assert api("POST", "/api/catalogue/offers", role="operator", body={"offers": [{"product_id": "p1"}]}).status == 400
