"""Messages of the queue: a tick becomes a message for each placement, and such a message is a look."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from huichang.delivery.placements.model import PlacementName, Placements
from huichang.delivery.standing.judging import Looked
from huichang.delivery.standing.model import Looks
from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model


class Wanted(Model):
    """Body of a message: look at this placement, and read these windows once more."""

    placement: PlacementName
    windows: tuple[str, ...] = ()


@dataclass(frozen=True)
class TakeLooks:
    """`look` is JudgePlacement."""

    placements: Placements
    looks: Looks
    look: Callable[[str, tuple[str, ...]], Looked]

    def __call__(self, body: str) -> Looked | None:
        """None: it was a tick. Receiving a message twice does no harm. Raises TransientError; PermanentError for what is neither."""
        try:
            read = json.loads(body)
            if isinstance(read, dict) and "detail-type" in read:
                for placement in self.placements.all():
                    if placement.offered:
                        self.looks.ask(placement.name)
                return None
            wanted = Wanted.model_validate(read)
        except (ValueError, ValidationError) as error:
            raise PermanentError("this is neither a tick nor a placement to be judged", where="queue", code="message_malformed") from error
        looked = self.look(wanted.placement, wanted.windows)
        if looked.unread:
            self.looks.ask(wanted.placement, looked.unread)
        return looked
