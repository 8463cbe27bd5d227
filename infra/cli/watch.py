"""Following a campaign until people are needed, or until it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.text import Text

from infra.cli import words
from infra.cli.client import Api, segment
from infra.cli.errors import FAILED, CliError
from infra.cli.surroundings import Surroundings

ENDED = ("published", "failed", "retired")
POLL_SECONDS = 0.8


class Board:
    """Shows the state: one live table on a terminal, a line per change elsewhere. Always on stderr."""

    def __init__(self, title: str) -> None:
        self._console = words.console(stderr=True)
        self._title = title
        self._live = Live(console=self._console, auto_refresh=False) if self._console.is_terminal else None
        self._said: dict[str, str] = {}

    def __enter__(self) -> Board:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, campaign: dict[str, Any] | None, details: list[dict[str, Any]], seconds: float) -> None:
        """Draw, or say what is new."""
        if self._live:
            heading = Text.assemble((words.plain(self._title), "bold"), (f"  {seconds:.0f} s", "dim"))
            status = Text(f"campaign {campaign['status']}" if campaign else "", style="dim")
            self._live.update(Group(heading, self._table(details) if details else status), refresh=True)
            return
        if campaign:
            self._tell(campaign["campaign_id"], f"campaign {campaign['status']}")
        for detail in details:
            name = words.venue_name(detail["venue"])
            for record in detail["steps"]:
                note = words.step_said(record)
                line = f"{name}  {record['step']} {record['status']}" + (f"  {note}" if note else "")
                self._tell(f"{detail['venue']['venue_id']} {record['step']}", line)
            now = f"{name}  {detail['venue']['status']}"
            if detail["venue"]["status"] == "generating":
                now += f"  {words.doing(detail)}"
            self._tell(detail["venue"]["venue_id"], now)

    def _table(self, details: list[dict[str, Any]]) -> Any:
        rows = (
            [
                words.venue_name(detail["venue"]),
                words.track(detail),
                words.status_text(detail["venue"]["status"]),
                words.doing(detail),
            ]
            for detail in details
        )
        return words.table(["venue", "steps", "status", ""], rows)

    def _tell(self, key: str, line: str) -> None:
        if self._said.get(key) != line:
            self._said[key] = line
            words.say(line)


def follow_campaign(api: Api, here: Surroundings, campaign_id: str, *, until: str, seconds: float) -> dict[str, Any]:
    """Poll until every venue is in review (`until` "review") or has ended ("end"); the last GET of the campaign.

    Raises CliError (1) when the time is over; whether a venue failed is for the caller to see.
    """
    resting = (*ENDED, "in_review") if until == "review" else ENDED

    def look() -> tuple[dict[str, Any], list[dict[str, Any]]]:
        found = api.get(f"/api/campaigns/{campaign_id}")
        return found, [api.get(f"/api/venues/{venue['venue_id']}") for venue in found["venues"]]

    def settled(found: dict[str, Any], details: list[dict[str, Any]]) -> bool:
        if found["campaign"]["status"] == "failed":
            return True
        planned = found["campaign"]["status"] in ("building", "finished")
        return planned and bool(details) and all(detail["venue"]["status"] in resting for detail in details)

    def title(found: dict[str, Any]) -> str:
        return f"「{found['campaign']['request']['sentence']}」"

    found, details = _until(look, settled, title, here, seconds)
    # Details are read after the campaign: what is returned is what was seen last.
    return {**found, "venues": [detail["venue"] for detail in details], "details": details}


def follow_venue(api: Api, here: Surroundings, venue_id: str, *, resting: tuple[str, ...], seconds: float) -> dict[str, Any]:
    """Poll one venue until it rests; its detail."""

    def look() -> tuple[dict[str, Any], list[dict[str, Any]]]:
        detail = api.get(f"/api/venues/{segment(venue_id)}")
        return detail, [detail]

    detail, _ = _until(
        look,
        lambda found, _: found["venue"]["status"] in resting,
        lambda found: words.venue_name(found["venue"]),
        here,
        seconds,
    )
    return detail


def _until(
    look: Callable[[], tuple[dict[str, Any], list[dict[str, Any]]]],
    settled: Callable[[dict[str, Any], list[dict[str, Any]]], bool],
    title: Callable[[dict[str, Any]], str],
    here: Surroundings,
    seconds: float,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    started = here.clock()
    found, details = look()
    with Board(title(found)) as board:
        while True:
            elapsed = here.clock() - started
            board.show(found.get("campaign"), details, elapsed)
            if settled(found, details):
                return found, details
            if elapsed > seconds:
                raise CliError(
                    f"still not done after {seconds:.0f} s; it goes on by itself",
                    FAILED,
                    mend="look again with `huichang venues`, or watch longer with --timeout",
                )
            here.sleep(POLL_SECONDS)
            found, details = look()
