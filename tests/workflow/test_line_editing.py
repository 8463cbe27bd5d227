"""A page that two people edit in the embedded cloud: asked words, a conflict that is merged, words that are refused, and its proof."""

from __future__ import annotations

from typing import Any

from tests.support.cloud import eventually
from tests.support.line import Line, good


def said(draft: dict[str, Any], component: str, **texts: str) -> dict[str, Any]:
    """The draft with other texts in a component."""
    return draft | {"texts": draft["texts"] | {component: draft["texts"][component] | texts}}


def test_two_people_edit_a_page_and_it_is_published_with_both_edits_and_replays(healthy: Line) -> None:
    line = healthy
    venue_id = str(line.in_review("帮我生成一个熊猫玩偶会场")["venue"]["venue_id"])
    path = f"/api/venues/{venue_id}/page"
    base = good(line.operator.get(path))["draft"]
    calls = len(good(line.operator.get(f"/api/venues/{venue_id}/calls"))["calls"])

    # Other words come of the copy queue's own worker, are booked on the venue, and change nothing by themselves.
    asked = line.operator.post(f"{path}/ask", {"draft": base, "place": "hero.title"})
    assert asked.status_code == 202, asked.text

    def came() -> dict[str, Any] | None:
        found: dict[str, Any] = good(line.operator.get(f"{path}/ask/{asked.json()['ask_id']}", place="hero.title"))
        return found if found["status"] != "waiting" else None

    words = [each["text"] for each in eventually(came, 30, "other words")["proposals"]]
    assert len(words) >= 2
    assert base["texts"]["hero"]["title"] not in words
    booked = good(line.operator.get(f"/api/venues/{venue_id}/calls"))["calls"]
    assert len(booked) == calls + 1
    assert good(line.operator.get(path))["draft"] == base

    # The other one saves first; mine is refused, told what changed, and put together with theirs.
    theirs, mine = said(base, "share", text="来看看这些熊猫"), said(base, "hero", title=words[0])
    assert line.admin.put(path, {"base": base, "draft": theirs}).status_code == 202
    late = line.operator.put(path, {"base": base, "draft": mine})
    assert (late.status_code, late.json()["code"]) == (409, "page_changed")
    merged = good(line.operator.post(f"{path}/merge", {"base": base, "draft": mine}))
    assert merged["clashes"] == []
    both = merged["merged"]
    assert (both["texts"]["share"]["text"], both["texts"]["hero"]["title"]) == ("来看看这些熊猫", words[0])

    # Words that the law forbids cannot be saved; taken back, the rest can.
    forbidden = said(both, "hero", subtitle="全网第一的熊猫")
    refused = line.operator.put(path, {"base": merged["current"], "draft": forbidden})
    assert (refused.status_code, refused.json()["code"]) == (422, "typed_blocked")
    saved = line.operator.put(path, {"base": merged["current"], "draft": both})
    assert saved.status_code == 202, saved.text
    run = saved.json()["run"]
    eventually(lambda: (detail := line.detail(venue_id)["venue"])["run"] == run and detail["status"] == "in_review", 120, "the edited page")

    line.approve(venue_id)
    page = line.page(line.until(venue_id, "published")["live_url"])
    assert words[0] in page.text
    assert "来看看这些熊猫" in page.text
    history = good(line.operator.get(f"{path}/history"))["saves"]
    assert [each["version"] for each in history] == [2, 1]
    replay = good(line.operator.get(f"/api/venues/{venue_id}/replay"))
    assert (replay["identical"], replay["proved"], replay["deep"]) == (True, True, True), replay["findings"]
    line.retire(venue_id)
