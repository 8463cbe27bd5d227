"""Everything at once, in small: infra/bench/chaos.py in the order of a script, so that each kind of trouble strikes, every time."""

from __future__ import annotations

import time
from typing import Any

import httpx

from infra.bench.chaos_account import judged
from tests.support.cloud import eventually
from tests.support.line import PARAMETERS, Line

SENTENCES = ("帮我生成一个熊猫玩偶会场", "帮我生成一个保温杯会场")
QUEUES = ("CopyQueue", "ImageQueue", "MaterialEventsQueue")
SCRIPT = {
    "interpret_brief": ("error 429",),
    "plan_themes": ("error 503",),
    "embedding": ("error 429 mute",),
    "expand_theme": ("lost",),
    "write_copy": ("hang", "hostile", "malformed", "error 429", "invalid", "lost"),
    "image": ("error 500",),
}
STRUCK = {
    "interpret_brief:error", "plan_themes:error", "embedding:error", "expand_theme:lost", "write_copy:malformed", "write_copy:hang",
    "write_copy:hostile", "write_copy:error", "write_copy:invalid", "write_copy:lost", "image:error",
}  # fmt: skip
ANSWERED = {"429", "429 with Retry-After", "500", "503"}


def bills(line: Line) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{line._models}/_stats?bills=1", timeout=10, trust_env=False).json()["bills"]
    return found


def test_everything_at_once(healthy: Line) -> None:
    """The provider fails in every way and bills what is sent again; messages are lost, doubled and late; a worker and then the whole cloud
    are killed with -9. Both pages are published, with all their materials, and nothing that was answered was paid again."""
    line = healthy
    line.faults(script=SCRIPT, forgetful=True, delay={"image": (1, 1)})
    line.cloud.trouble_queues({"queues": QUEUES, "lose_first": 1, "duplicate_first": 1, "reorder_first": 1, "late": (0.2, 1.0)})
    campaigns = [line.campaign(sentence) for sentence in SENTENCES]
    venues = [line.venue_of(campaign, seconds=60) for campaign in campaigns]
    for venue_id in venues:
        line.until(venue_id, "generating")
    line.cloud.kill_a_worker("generate-image", seconds=60)
    deaths = [time.time()]
    line.cloud.snapshot()

    def all_struck() -> bool:
        line.sweep()
        fates = {name.partition(":")[2] for name in line.cloud.trouble_queues()}
        stats = line.stats()
        return set(stats["faults"]) >= STRUCK and set(stats["statuses"]) >= ANSWERED and fates == {"lost", "duplicated", "reordered"}

    eventually(all_struck, 40, "every kind of trouble")
    before = bills(line)
    deaths.append(time.time())
    line.cloud.restart(crash=True)
    line.connect()
    line.faults(forgetful=True)
    for venue_id in venues:
        line.until(venue_id, "in_review", seconds=90, sweeping=True)
        line.approve(venue_id)
        detail = line.until(venue_id, "published")
        assert line.page(detail["live_url"]).status_code == 200
        assert {task["status"] for task in line.tasks(venue_id).values()} == {"ready"}
        assert detail["venue"]["materials_ready"] == detail["venue"]["materials_total"] == len(detail["materials"])
    twice, vain = judged([*before, *bills(line)], deaths, hand=15, timeout=float(PARAMETERS["ModelTimeoutSeconds"]))
    assert twice == []
    assert {"lost", "malformed", "invalid", "hostile"} <= set(vain)
