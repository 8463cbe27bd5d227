"""What the front door's store is told about releases. The releases themselves are the truth; the store can be made from them again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from huichang.kernel.errors import ConflictError, TransientError
from huichang.pages.releases import EdgeStore, ReleaseStore, edge_entries, pointed, pointer_key

BATCH = 50
"""The most keys that CloudFront's store takes in one update."""
TRIES = 12


@dataclass(frozen=True)
class EdgeTeller:
    """Brings the edge's store to what is released."""

    releases: ReleaseStore
    store: EdgeStore
    sleep: Callable[[float], None] = time.sleep

    def tell(self, campaign_id: str) -> int:
        """Point the campaign to its current release; returns the release's number, 0 if it has none. Repeating it changes nothing.

        The store's version is read before the release: a slow writer that read an older release finds the store moved, and reads
        again. So the store never goes back. Raises TransientError where the store stays away or too many write at once.
        """
        for attempt in range(TRIES):
            version = self.store.version()
            release = self.releases.current(campaign_id)
            if release is None:
                return 0
            told = self.store.get(pointer_key(campaign_id)) or ""
            # The places that the pointer counts were written before it.
            wanted = edge_entries(release, beyond=pointed(told)[1])
            if told == wanted[pointer_key(campaign_id)]:
                return release.number
            if self._write(wanted, version):
                return release.number
            self.sleep(random.uniform(0, 0.05 * 2 ** min(attempt, 5)))
        raise TransientError("too many releases are told to the edge at once", where="edge store")

    def audit(self) -> int:
        """Compare everything that the store holds of releases with what is released, and mend it; how many keys were wrong.

        For what nothing else notices: a store that was made anew, or written by hand.
        """
        mended = 0
        for campaign_id in self.releases.campaigns():
            for attempt in range(TRIES):
                version = self.store.version()
                release = self.releases.current(campaign_id)
                held = self.store.all() if release else {}
                wrong = {key: value for key, value in edge_entries(release).items() if held.get(key) != value} if release else {}
                if self._write(wrong, version):
                    mended += len(wrong)
                    break
                self.sleep(random.uniform(0, 0.05 * 2 ** min(attempt, 5)))
            else:
                raise TransientError("too many releases are told to the edge at once", where="edge store")
        return mended

    def _write(self, entries: dict[str, str], version: str) -> bool:
        """In batches, the pointer in the last one; False if somebody else wrote meanwhile."""
        keys = list(entries)
        try:
            for start in range(0, len(keys), BATCH):
                version = self.store.update({key: entries[key] for key in keys[start : start + BATCH]}, (), version)
        except ConflictError:
            return False
        return True
