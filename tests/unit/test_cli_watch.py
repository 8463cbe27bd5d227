"""Following a campaign: what is shown, when it stops, how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from huichang.ledger.model import Budget, LedgerTotals
from huichang.line.view_models import CampaignDetail, VenueDetail
from huichang.themes.model import CampaignRequest
from huichang.venues.model import VENUE_STEPS, Campaign, Failure, StepRecord, Venue
from tests.support.cli import Cli
from tests.support.web_api import NOW, venue

CAMPAIGN = Campaign(
    campaign_id="c-1",
    request=CampaignRequest(sentence="帮我生成一个熊猫玩偶会场"),
    requested_by="operator",
    created_at=NOW,
    updated_at=NOW,
)


class Story:
    """A campaign that moves on by one chapter each time it is looked at; stays at the last."""

    def __init__(self, *chapters: tuple[str, list[Venue]], failure: Failure | None = None) -> None:
        self.chapters = list(chapters)
        self.looks = 0
        self.failure = failure
        self.tags = 0

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        if (request.method, path) == ("POST", "/api/campaigns"):
            return httpx.Response(202, json=CAMPAIGN.model_dump(mode="json"))
        status, venues = self.chapters[min(max(self.looks - 1, 0), len(self.chapters) - 1)]
        if path == "/api/campaigns/c-1":
            self.looks += 1
            status, venues = self.chapters[min(self.looks - 1, len(self.chapters) - 1)]
            failure = self.failure if status == "failed" else None
            campaign = CAMPAIGN.model_copy(update={"status": status, "failure": failure})
            return self._answer(
                request,
                CampaignDetail(campaign=campaign, venues=tuple(venues), cost=LedgerTotals(calls=3), budget=Budget(campaign_id="c-1")),
            )
        if path.startswith("/api/venues/"):
            found = next(v for v in venues if v.venue_id == path.rsplit("/", 1)[1])
            step = StepRecord(
                step="FuseRecall",
                status="done",
                started_at=NOW,
                note="60 products chosen",
                told=({"zh": "「包邮」已放弃", "en": "gave up 'free'"},),
            )
            live = f"/v/{found.venue_id}/" if found.status == "published" else ""
            return self._answer(
                request,
                VenueDetail(
                    venue=found,
                    steps=(step,),
                    step_names=VENUE_STEPS,
                    materials=(),
                    cost=LedgerTotals(),
                    live_url=live,
                ),
            )
        return None

    def _answer(self, request: httpx.Request, body: Any) -> httpx.Response:
        text = body.model_dump_json()
        tag = f'"{hash(text)}"'
        if request.headers.get("if-none-match") == tag:
            self.tags += 1
            return httpx.Response(304, headers={"etag": tag})
        return httpx.Response(200, text=text, headers={"etag": tag, "content-type": "application/json"})


def run(tmp_path: Path, story: Story, *options: str) -> tuple[Any, Cli]:
    cli = Cli(tmp_path)
    cli.network.scripts.append(story)
    return cli("create", CAMPAIGN.request.sentence, "--watch", *options), cli


def test_it_stops_when_people_are_needed_and_says_what_to_do(tmp_path: Path) -> None:
    story = Story(
        ("planning", []),
        ("building", [venue(status="selecting")]),
        ("building", [venue(status="generating", materials_total=9, materials_ready=4)]),
        ("building", [venue(status="generating", materials_total=9, materials_ready=9)]),
        ("building", [venue(status="in_review", staged_version="ver-1", products=60, materials_total=9, materials_ready=9)]),
    )
    ran, _ = run(tmp_path, story)
    assert ran.code == 0
    assert "熊猫玩偶会场" in ran.out
    assert "60 products, 9/9 materials" in ran.out
    assert "huichang approve v-1" in ran.out
    for progress in ("campaign planning", "selecting", "materials 4/9", "FuseRecall done  60 products chosen"):
        assert progress in ran.err
        assert progress not in ran.out
    assert "60 products chosen · gave up 'free'" in ran.err
    assert ran.err.count("FuseRecall done") == 1  # said once, not at each look


def test_it_can_go_on_to_the_end(tmp_path: Path) -> None:
    story = Story(
        ("building", [venue(status="in_review", staged_version="ver-1")]),
        ("finished", [venue(status="published", live_version="ver-1")]),
    )
    ran, _ = run(tmp_path, story, "--until", "end")
    assert ran.code == 0
    assert "http://127.0.0.1:8200/v/v-1/" in ran.out


def test_one_failed_venue_ends_with_1_and_its_reason(tmp_path: Path) -> None:
    failure = Failure(code="model_away", message="the model was away for too long", mend="try again later")
    story = Story(("finished", [venue(status="published"), venue("v-2", status="failed", failure=failure)]))
    ran, _ = run(tmp_path, story)
    assert ran.code == 1
    assert "the model was away for too long try again later" in ran.out


def test_a_failed_campaign_ends_with_1_and_its_reason(tmp_path: Path) -> None:
    failure = Failure(code="short_of_stock", message="only 2 products fit", mend="import more")
    ran, _ = run(tmp_path, Story(("planning", []), ("failed", []), failure=failure))
    assert (ran.code, "only 2 products fit → import more" in ran.out) == (1, True)


def test_a_campaign_without_venues_yet_is_not_taken_for_finished(tmp_path: Path) -> None:
    story = Story(("requested", []), ("building", []), ("building", [venue(status="in_review", staged_version="x")]))
    ran, _ = run(tmp_path, story)
    assert ran.code == 0
    assert story.looks == 3


def test_with_json_only_the_last_state_is_on_stdout(tmp_path: Path) -> None:
    story = Story(("planning", []), ("building", [venue(status="in_review", staged_version="ver-1")]))
    ran, _ = run(tmp_path, story, "--json")
    assert ran.json["campaign"]["campaign_id"] == "c-1"
    assert [v["status"] for v in ran.json["venues"]] == ["in_review"]
    assert "planning" in ran.err


def test_watching_has_an_end(tmp_path: Path) -> None:
    ran, cli = run(tmp_path, Story(("building", [venue(status="selecting")])), "--timeout", "30")
    assert (ran.code, "still not done after 30 s" in ran.err) == (1, True)
    assert cli.now < 1_788_249_600 + 40


def test_watching_what_does_not_change_costs_little(tmp_path: Path) -> None:
    story = Story(("building", [venue(status="selecting")]))
    run(tmp_path, story, "--timeout", "20")
    assert story.tags > 30  # nearly every look was answered 304


@pytest.mark.parametrize("until", ["", "tomorrow"])
def test_an_unknown_until_is_usage(tmp_path: Path, until: str) -> None:
    ran, cli = run(tmp_path, Story(("planning", [])), "--until", until)
    assert ran.code == 2
    assert cli.network.requests == []
