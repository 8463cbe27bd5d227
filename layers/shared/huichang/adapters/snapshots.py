"""Snapshots on the state table and in the bucket of bodies, and the queue of their builds.

pk SNAPSHOT#<placement>        sk POINTER: one item that names objects. A key for each: every warm process reads it every ten seconds
pk SNAPSHOT-ASKED#<placement>  sk <language>/<slots>: how often an answer of this size was asked for; forgotten two days after the last
pk SNAPSHOT-REBUILD            sk *: until when a build of all placements has been asked for
S3 snapshots/<placement>/<hash>, snapshots/<placement>/<hash>.counts, snapshots/venues/<hash>: named by their content
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from huichang.adapters.dynamodb.table import Table, body_of
from huichang.adapters.messaging import Queue
from huichang.adapters.s3 import Bucket
from huichang.delivery.serving.model import Pointer, Size
from huichang.delivery.serving.planning import Task
from huichang.kernel.clock import Clock
from huichang.kernel.language import Language

ASKED_SECONDS = 2 * 86400
# A release of a hundred venues asks a hundred times within seconds. One message, a little later, does for all of them: it appears
# (DELAY) after everybody who relied on it has written (GATHER, less what clocks differ by).
DELAY, GATHER = 5, 3


class StoredSnapshots:
    """SnapshotStore."""

    def __init__(self, table: Table, bucket: Bucket) -> None:
        self._table = table
        self._bucket = bucket

    def pointer(self, placement: str) -> Pointer | None:
        """See SnapshotStore."""
        item = self._table.get(f"SNAPSHOT#{placement}", "POINTER")
        return body_of(item, Pointer) if item else None

    def point(self, pointer: Pointer) -> bool:
        """See SnapshotStore."""
        item = {"pk": f"SNAPSHOT#{pointer.placement}", "sk": "POINTER", "number": pointer.number, "body": pointer.model_dump_json()}
        if pointer.number == 1:
            return self._table.put_new(item)
        return self._table.put(item, condition="#n = :before", names={"#n": "number"}, values={":before": pointer.number - 1})

    def forget(self, placement: str) -> None:
        """See SnapshotStore."""
        self._table.delete(f"SNAPSHOT#{placement}", "POINTER")

    def put(self, key: str, body: bytes) -> None:
        """See SnapshotStore. Written even where it stands already: an object expires by the day on which it was written last."""
        self._bucket.put(key, body, "application/octet-stream")

    def get(self, key: str) -> bytes:
        """See SnapshotStore."""
        return self._bucket.get(key)


class AskedSizes:
    """Asked."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def note(self, placement: str, sizes: Mapping[Size, int]) -> None:
        """See Asked."""
        expires = int(self._clock.now().timestamp()) + ASKED_SECONDS
        for size, times in sizes.items():
            self._table.add(f"SNAPSHOT-ASKED#{placement}", size.name, "times", times, expires)

    def sizes(self, placement: str) -> Sequence[Size]:
        """See Asked."""
        now = int(self._clock.now().timestamp())
        known = [item for item in self._table.query(f"SNAPSHOT-ASKED#{placement}") if int(item["expires_at"]) > now]
        return [_size(str(item["sk"])) for item in sorted(known, key=lambda item: (-int(item["times"]), item["sk"]))]


class QueuedTasks:
    """Tasks."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def send(self, tasks: Sequence[Task]) -> None:
        """See Tasks."""
        self._queue.send([task.model_dump_json(exclude_defaults=True) for task in tasks])


class QueuedRebuilds:
    """Rebuilds."""

    def __init__(self, queue: Queue, table: Table, clock: Clock) -> None:
        self._queue = queue
        self._table = table
        self._clock = clock

    def ask(self, placement: str) -> None:
        """See Rebuilds."""
        body = Task(placement=placement).model_dump_json(exclude_defaults=True)
        if placement:
            self._queue.send([body])
            return
        now = self._clock.now().timestamp()
        known = self._table.get("SNAPSHOT-REBUILD", "*")
        if known is not None and float(known["until"]) > now:
            return
        self._queue.send([body], DELAY)
        self._table.put({"pk": "SNAPSHOT-REBUILD", "sk": "*", "until": now + GATHER})


def _size(name: str) -> Size:
    language, _, slots = name.partition("/")
    spoken: Language | None = next((each for each in get_args(Language) if each == language), None)
    return Size(spoken, int(slots))
