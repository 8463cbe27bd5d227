"""A campaign turned under readers in the embedded cloud, a release killed in the middle, and what buyers are told when it is over."""

from __future__ import annotations

from typing import Any

from infra.bench import release as bench
from tests.support.line import Line, good


def test_a_campaign_turns_at_once_under_readers_and_survives_kill_9(line: Line) -> None:
    def operator(method: str, path: str, body: Any) -> Any:
        return good(line.operator.http.request(method, path, json=body))

    with bench.inside(line.cloud):
        written = bench.write_campaign(5, "c-turns", segment="value")
        # The line's own state puts one page live by itself; the release takes the others along.
        first = written.venue_ids[0]
        assert line.invoke("publish-venue", {"campaign_id": "c-turns", "venue_id": first, "run": 1, "round": 1})["path"] == f"/v/{first}/"
        assert bench.editions(line.cloud, written) == {"1": 1, "0": 4}
        figures = bench.hammer(line.cloud, operator, written, flips=3, readers=2, segment="value")  # one is a buyer of the segment
        assert (figures["errors"], figures["mixed"]) == (0, 0)
        assert figures["reads"] > 0
        died = bench.killed(line.cloud, written, "before_write", releases_edition=1)
        assert (died["seen"], died["after_tick"], died["records_behind"]) == ({"2": 5}, {"2": 5}, 0)
    # Two at the same moment: one wins.
    address = "/api/campaigns/c-turns/releases"
    first = line.operator.post(address, {"action": "retire", "expect": 5})
    late = line.operator.post(address, {"action": "retire", "expect": 5})
    assert (first.status_code, late.status_code) == (201, 409)
    assert (late.headers["content-type"], late.json()["code"]) == ("application/problem+json", "release_changed")
    for venue_id in written.venue_ids:
        over = line.page(f"/v/{venue_id}/")
        assert (over.status_code, "<h1>" in over.text) == (410, True)
