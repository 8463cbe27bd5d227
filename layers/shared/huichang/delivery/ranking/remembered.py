"""A placement's history as bytes, with what was taken into it, so that the next build reads only what may have changed.

Beside the history: of each of the last hours how many answers were seen, and what the explored part earned; and when which window was
read last.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from huichang.delivery.cells import Cell, hour_of
from huichang.delivery.ranking.history import History, State, Sums
from huichang.delivery.ranking.rewards import Reward

FORMAT = "history/1"
# Rates of the whole placement are told over so many hours at most.
RECENT_HOURS = 168


@dataclass
class Hour:
    """`answers`: impressions at the first position. `even_*`: of the explored part; the baseline's."""

    answers: int = 0
    even_shown: int = 0
    even_events: int = 0


@dataclass
class Remembered:
    """`read_at`: window's hour -> when it was read last (Unix seconds); of windows that can still change."""

    history: History
    hours: dict[int, Hour] = field(default_factory=dict)
    read_at: dict[int, int] = field(default_factory=dict)

    def put(self, window: str, cells: Iterable[Cell], at: int) -> frozenset[str]:
        """Replace what is known of a window that was read `at`. Returns the segments in which something changed. Raises ValueError."""
        listed = list(cells)
        changed = self.history.put(window, listed)
        hour, reward = Hour(), self.history.reward
        for cell in listed:
            hour.answers += cell.impressions if cell.position == 1 else 0
            if cell.explored:
                hour.even_shown += cell.impressions
                hour.even_events += reward.events(cell)
        number = hour_of(window)
        if listed:
            self.hours[number] = hour
        else:
            self.hours.pop(number, None)
        self.read_at[number] = at
        return changed

    def tidy(self, hour: int) -> None:
        """Forget of hours before `hour` (now) what nothing is told from any more."""
        self.hours = {number: each for number, each in self.hours.items() if hour - number <= RECENT_HOURS}
        self.read_at = {number: at for number, at in self.read_at.items() if number > self.history.folded_to}

    def answers_per_hour(self, hour: int) -> float:
        """Over the last 24 hours that are over, as far back as anything was counted; over the one that runs where that is all."""
        past = [number for number in self.hours if hour - 24 <= number < hour]
        if past:
            return sum(self.hours[number].answers for number in past) / (hour - min(past))
        return float(self.hours[hour].answers) if hour in self.hours else 0.0

    def even_rate(self) -> tuple[int, int]:
        """(impressions, events) of the explored part."""
        return sum(each.even_shown for each in self.hours.values()), sum(each.even_events for each in self.hours.values())


def pack_history(remembered: Remembered) -> bytes:
    """All of it. Names are written once; JSON under zlib, as policies are."""
    state = remembered.history.state()
    keys = set(state.settled) | {key for window in state.open.values() for key in window}
    segments, venues = sorted({key[0] for key in keys}), sorted({key[1] for key in keys})
    s, v = {name: i for i, name in enumerate(segments)}, {name: i for i, name in enumerate(venues)}
    body = {
        "format": FORMAT,
        "reward": remembered.history.reward.model_dump(),
        "segments": segments,
        "venues": venues,
        "settled": [
            [s[key[0]], v[key[1]], key[2], float(f"{each.shown:.6g}"), float(f"{each.events:.6g}"), float(f"{each.value:.6g}")]
            for key, each in sorted(state.settled.items())
        ],
        "reference": state.reference,
        "folded_to": state.folded_to,
        "open": {
            str(hour): [[s[key[0]], v[key[1]], key[2], *counts] for key, counts in sorted(window.items())]
            for hour, window in sorted(state.open.items())
        },
        "hours": {str(hour): [each.answers, each.even_shown, each.even_events] for hour, each in sorted(remembered.hours.items())},
        "read_at": {str(hour): at for hour, at in sorted(remembered.read_at.items())},
    }
    return zlib.compress(json.dumps(body, separators=(",", ":")).encode(), 3)


def unpack_history(body: bytes, reward: Reward) -> Remembered | None:
    """What `pack_history` wrote; None where it was counted for another reward or is of another format: then it must be read again."""
    try:
        read: dict[str, Any] = json.loads(zlib.decompress(body))
    except (zlib.error, ValueError):
        return None
    if not isinstance(read, dict) or read.get("format") != FORMAT or read["reward"] != reward.model_dump():
        return None
    segments, venues = read["segments"], read["venues"]
    state = State(
        settled={(segments[s], venues[v], k): Sums(shown, events, value) for s, v, k, shown, events, value in read["settled"]},
        reference=read["reference"],
        folded_to=read["folded_to"],
        open={
            int(hour): {(segments[s], venues[v], k): (shown, events, value) for s, v, k, shown, events, value in window}
            for hour, window in read["open"].items()
        },
    )
    return Remembered(
        History.of_state(reward, state),
        {int(hour): Hour(*each) for hour, each in read["hours"].items()},
        {int(hour): at for hour, at in read["read_at"].items()},
    )
