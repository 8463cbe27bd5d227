"""LiveLooks in memory; they keep the port's promises."""

from __future__ import annotations

from huichang.line.inspecting import LiveLook


class MemoryLooks:
    """LiveLooks over a dict."""

    def __init__(self) -> None:
        self.items: dict[str, LiveLook] = {}

    def due(self, now: str, limit: int) -> list[LiveLook]:
        return sorted((look for look in self.items.values() if look.due <= now), key=lambda look: look.due)[:limit]

    def bring_forward(self, venue_id: str, at: str) -> None:
        known = self.items.get(venue_id) or LiveLook(venue_id=venue_id, due=at)
        self.items[venue_id] = known.model_copy(update={"due": min(known.due, at)})

    def claim(self, look: LiveLook, until: str) -> LiveLook | None:
        known = self.items.get(look.venue_id)
        if known is None or known.due != look.due:
            return None
        self.items[look.venue_id] = known.model_copy(update={"due": until})
        return look.model_copy(update={"due": until})

    def settle(self, look: LiveLook, at: str) -> LiveLook:
        known = self.items.get(look.venue_id)
        if known is None:
            return look
        moved = known.due == look.due
        self.items[look.venue_id] = look.model_copy(update={"due": at if moved else known.due})
        return look.model_copy(update={"due": at}) if moved else look

    def forget(self, venue_id: str) -> None:
        self.items.pop(venue_id, None)

    def known(self) -> set[str]:
        return set(self.items)
