"""In-memory fakes of the ports behind living claims. They keep the ports' promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from huichang.kernel.ids import content_hash
from huichang.line.living import ClaimsState
from huichang.pages.model import version_of
from huichang.pages.releases import Slot, sibling_code
from tests.support.line_fakes import FakePages, TickingClock


class MemoryClaims:
    """ClaimsStore over dicts."""

    def __init__(self, clock: TickingClock) -> None:
        self.clock = clock
        self.states: dict[str, str] = {}
        self.asked: dict[str, float] = {}

    def get(self, venue_id: str) -> ClaimsState | None:
        return ClaimsState.model_validate_json(self.states[venue_id]) if venue_id in self.states else None

    def put(self, state: ClaimsState) -> bool:
        known = self.get(state.venue_id)
        if (known.revision if known else 0) != state.revision:
            return False
        self.states[state.venue_id] = state.model_copy(update={"revision": state.revision + 1}).model_dump_json()
        return True

    def forget(self, venue_id: str) -> None:
        self.states.pop(venue_id, None)
        self.asked.pop(venue_id, None)

    def ask(self, venue_id: str, seconds: float) -> bool:
        now = self.clock.now().timestamp()
        if self.asked.get(venue_id, 0) >= now:
            return False
        self.asked[venue_id] = now + seconds
        return True

    def begin(self, venue_id: str) -> None:
        self.asked.pop(venue_id, None)


class MemoryShown:
    """ShownProducts over a dict: (product, venue) -> at."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def watch(self, venue_id: str, product_ids: Iterable[str], at: str) -> None:
        for product_id in product_ids:
            self.entries[product_id, venue_id] = max(at, self.entries.get((product_id, venue_id), ""))

    def unwatch(self, venue_id: str, product_ids: Iterable[str], at: str) -> None:
        for product_id in product_ids:
            if self.entries.get((product_id, venue_id), "~") <= at:
                del self.entries[product_id, venue_id]

    def showing(self, product_ids: Sequence[str]) -> set[str]:
        return {venue for product, venue in self.entries if product in set(product_ids)}


class MemoryLive:
    """LivePages over FakePages. `before_replace` may change what is live under the caller's hands."""

    def __init__(self, pages: FakePages, released: Callable[[str], str], slot_of: Callable[[str], Slot | None] = lambda _: None) -> None:
        self.pages = pages
        self.released = released
        self.slot_of = slot_of
        self.replaced: list[str] = []

    def current(self, venue_id: str) -> str | None:
        html = self.pages.live.get(venue_id)
        return None if html is None else content_hash(html)[:24]

    def siblings(self, venue_id: str) -> dict[str, str]:
        return {segment: version_of(self.pages.stood[path]) if path in self.pages.stood else "" for segment, path in self._paths(venue_id)}

    def replace_sibling(self, venue_id: str, base: str, segment: str, from_version: str, to_version: str) -> bool:
        if self.released(venue_id) != base or self.siblings(venue_id).get(segment) != from_version:
            return False
        self.pages.stood[dict(self._paths(venue_id))[segment]] = self.pages.read_version(venue_id, to_version)
        return True

    def _paths(self, venue_id: str) -> list[tuple[str, str]]:
        slot = self.slot_of(venue_id)
        return [(each, f"/r/{venue_id}/{sibling_code(slot.code, each)}.html") for each in slot.siblings] if slot and slot.version_id else []

    def replace(self, venue_id: str, base: str, from_version: str, to_version: str) -> bool:
        if self.released(venue_id) != base or self.current(venue_id) != from_version:
            return False
        self.pages.live[venue_id] = self.pages.read_version(venue_id, to_version)
        self.replaced.append(to_version)
        return True
