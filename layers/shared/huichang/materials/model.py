"""A material task as an explicit state machine, and what it asks for."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from huichang.kernel.errors import PermanentError
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.kernel.models import Prompt
from huichang.materials.checks import Checks, Region, RejectedPicture

MaterialKind = Literal["copy", "image"]
ReasonCode = Literal["wrong_facts", "off_topic", "ugly", "too_long", "tone", "policy", "duplicate", "other"]
MaterialStatus = Literal["requested", "running", "ready", "failed", "timed_out", "rejected", "superseded"]

# Every transition is a conditional write on the state it starts from, and in the same write a MaterialMove (docs/decisions/0017).
# `superseded` is the end of a task, whatever it was: the page asked for something else, or has no such place any more.
TRANSITIONS: dict[MaterialStatus, tuple[MaterialStatus, ...]] = {
    "requested": ("running", "ready", "failed", "timed_out", "superseded"),
    "running": ("requested", "ready", "failed", "timed_out", "superseded"),
    "timed_out": ("requested", "ready", "failed", "superseded"),
    "failed": ("requested", "ready", "superseded"),
    "ready": ("rejected", "superseded"),
    "rejected": ("requested", "superseded"),
    "superseded": (),
}
OPEN: tuple[MaterialStatus, ...] = ("requested", "running", "timed_out")
"""Somebody has to do something about it: these the sweep looks at. `timed_out` too: a sweep may die before it has asked again."""


class CopySlot(Model):
    """One text to be written."""

    name: str
    max_chars: Annotated[int, Field(ge=1, le=400)]
    what: str
    required: bool = True


class ReviewConstraint(Model):
    """What a reviewer said when sending a material back. Later prompts carry it, later checks enforce what code can check.

    `slot`: the only text it is about, "" for all of the component. `region`: the marked part of a picture.
    `rejected_text` and `rejected_picture` are never to be seen again. `constraint_id`: the lasting constraint, "" before there is one.
    """

    code: ReasonCode
    text: Annotated[str, Field(max_length=300)] = ""
    rejected_text: dict[str, str] = {}
    checks: Checks = Checks()
    slot: Annotated[str, Field(max_length=80)] = ""
    region: Region | None = None
    rejected_picture: RejectedPicture | None = None
    constraint_id: str = ""

    def told(self) -> dict[str, Any]:
        """As a prompt's data says it; what was not said is left out."""
        more = {"slot": self.slot, "rules": list(self.checks.said()), "where": self.region.said() if self.region else ""}
        said: dict[str, Any] = {"code": self.code, "text": self.text, "rejected_text": self.rejected_text}
        return said | {name: value for name, value in more.items() if value}


class MaterialRequest(Model):
    """Everything a worker needs; two equal requests are one task and cost one model call.

    `written`, `picked`: texts that an operator wrote and a picture that one chose (by_hand.py); then no model is asked.
    """

    venue_id: str
    campaign_id: str
    material_id: str
    component: str
    kind: MaterialKind
    language: Language
    prompt: str
    slots: tuple[CopySlot, ...] = ()
    width: int = 0
    height: int = 0
    facts: dict[str, Any] = {}
    constraints: tuple[ReviewConstraint, ...] = ()
    prompt_version: str = ""
    rejections: int = 0
    written: dict[str, str] | None = None
    picked: ImageResult | None = None

    @property
    def task_key(self) -> str:
        """One key per (venue, component, kind, prompt and its version, slots, facts, constraint set, times it was sent back).

        What nobody wrote or picked is left out of it: requests keep the keys they had before people could.
        """
        left_out = {name for name in ("written", "picked") if getattr(self, name) is None}
        return content_hash(self.model_dump(mode="json", exclude=left_out))[:32]


class MaterialTask(Model):
    """State of one material of one venue. `result_key` names the stored body in S3; times are ISO.

    `code`: stable code of a failure. `waited_seconds`: how long it was told to wait, or was waited for, since its last try; a sum of
    spans, so that no clock that jumps can end it. `resends`: how often its message was thought lost since then. `due_at`: until then
    nobody may think its message lost.

    Kept by the store: `version` counts the moves of this place on the page, over all its tasks, and is what every write is conditional
    on. `supersedes`: the key of the task before. `heard_at`: its worker's last sign of life since the last move. `suspected_at`: when a
    sweep first thought it lost, "" again after any move or sign of life.
    """

    venue_id: str
    campaign_id: str
    material_id: str
    task_key: str
    component: str
    kind: MaterialKind
    status: MaterialStatus
    round: int
    attempts: int = 0
    request_key: str
    result_key: str = ""
    error: str = ""
    code: str = ""
    waited_seconds: float = 0
    resends: int = 0
    due_at: str = ""
    version: int = 0
    supersedes: str = ""
    heard_at: str = ""
    suspected_at: str = ""
    created_at: str
    updated_at: str


class CopyFinding(Model):
    """Why a text was refused: which slot, which check, the words, and what is told to the model that wrote them.

    `kind`: of a claim, what is claimed (materials/claims). `facts`: of a claim, what the facts say instead.
    """

    slot: str
    check: Literal["missing", "length", "characters", "markup", "voice", "policy", "withheld", "claim", "reviewer", "language"]
    words: str = ""
    kind: str = ""
    facts: str = ""
    told: str


class MaterialMove(Model):
    """One transition, written with the state it led to: the events of a material, complete and in the order of `version`.

    `before` is "" for a task that is new, `by` the key of the task that superseded it ("": the page has no such place any more), `why`
    what was said of it (an error, a reviewer's reason).
    """

    material_id: str
    task_key: str
    version: int
    before: MaterialStatus | Literal[""]
    after: MaterialStatus
    at: str
    attempts: int = 0
    why: str = ""
    code: str = ""
    by: str = ""
    result_key: str = ""


def move_of(before: MaterialTask | None, after: MaterialTask, by: str = "") -> MaterialMove:
    """What is written down of a transition."""
    return MaterialMove(
        material_id=after.material_id,
        task_key=after.task_key,
        version=after.version,
        before=before.status if before else "",
        after=after.status,
        at=after.updated_at,
        attempts=after.attempts,
        why=after.error[:500],
        code=after.code,
        by=by,
        result_key=after.result_key,
    )


def moved(task: MaterialTask, to: MaterialStatus, at: str, **changes: Any) -> MaterialTask:
    """The task after a transition. PermanentError for one that the state machine does not have."""
    if to not in TRANSITIONS[task.status]:
        raise PermanentError(f"a material cannot go from {task.status} to {to}", where=task.material_id)
    fresh = {"status": to, "updated_at": at, "version": task.version + 1, "heard_at": "", "suspected_at": ""}
    return MaterialTask.model_validate(task.model_dump() | changes | fresh)


def succeeding(before: MaterialTask | None, task: MaterialTask, at: str) -> tuple[MaterialTask, list[MaterialMove]]:
    """A new task in the place of `before`, and what that leaves in the history: the end of the one, the beginning of the other."""
    if before is None or before.status == "superseded":
        fresh = task.model_copy(update={"version": before.version + 1 if before else 1})
        return fresh, [move_of(None, fresh)]
    ended = moved(before, "superseded", at)
    fresh = task.model_copy(update={"version": ended.version + 1, "supersedes": before.task_key})
    return fresh, [move_of(before, ended, task.task_key), move_of(None, fresh)]


class CopyResult(Model):
    """Written texts by slot. `fallback` says the model's answers were refused and facts were used as they are.

    `asked`: the prompt of the last answer, for receipts and for tuning. `refused`: what was wrong with every answer before this result.
    `plain`: the slots that fell back.
    """

    texts: dict[str, str]
    fallback: bool = False
    plain: tuple[str, ...] = ()
    note: str = ""
    asked: Prompt | None = None
    refused: tuple[CopyFinding, ...] = ()


class ImageResult(Model):
    """Where the picture lies (key in the pages bucket), its size in pixels and bytes, and its look (likeness.py).

    `asked`: the prompt it was painted from.
    """

    media_key: str
    width: int
    height: int
    bytes: int
    fallback: bool = False
    note: str = ""
    look: str = ""
    asked: Prompt | None = None


class CopyAnswerItem(Model):
    """One slot in answer to prompts/write_copy."""

    slot: str
    text: Annotated[str, Field(max_length=400)]


class CopyAnswer(Model):
    """Answer to prompts/write_copy."""

    texts: Annotated[tuple[CopyAnswerItem, ...], Field(max_length=40)]


class Progress(Model):
    """How far a page's materials are."""

    total: int
    ready: int
    failed: int

    @property
    def complete(self) -> bool:
        """All ended, one way or the other."""
        return self.ready + self.failed >= self.total


class MaterialStore(Protocol):
    """Material tasks. Every change is conditional on the state it starts from, and leaves a MaterialMove in the same write."""

    def create(self, task: MaterialTask) -> MaterialTask | None:
        """Store as its place's task, and supersede the one with another key that stands there; the task as stored.

        None if this very task stands there (a replay). Raises TransientError after too many lost races.
        """
        ...

    def get(self, venue_id: str, material_id: str) -> MaterialTask:
        """The place's task, superseded or not. Raises NotFoundError."""
        ...

    def of_venue(self, venue_id: str) -> list[MaterialTask]:
        """All tasks of the page, in page order; none that is superseded."""
        ...

    def moves(self, venue_id: str, material_id: str) -> list[MaterialMove]:
        """Everything that happened at a place, oldest first."""
        ...

    def move(self, task: MaterialTask, to: MaterialStatus, **changes: Any) -> MaterialTask | None:
        """Move to `to` if nobody has moved the task since it was read. None if somebody has: harmless.

        Raises PermanentError for a transition that the state machine does not have.
        """
        ...

    def touch(self, task: MaterialTask) -> bool:
        """Note that it lives: a worker's heartbeat, and no transition. False if somebody has moved it: its work is not wanted any more."""
        ...

    def suspect(self, task: MaterialTask) -> bool:
        """Note that a sweep thinks it lost. False if it was moved or heard of since it was read."""
        ...

    def stale(self, before: str, limit: int = 200) -> list[MaterialTask]:
        """OPEN tasks neither moved nor heard of since `before` (ISO), longest silent first."""
        ...

    def ahead(self, after: str, limit: int = 200) -> list[MaterialTask]:
        """OPEN tasks that were moved or heard of later than `after` (ISO): after the present, these were written by another clock."""
        ...


class MaterialQueue(Protocol):
    """The two work queues."""

    def send(self, tasks: list[MaterialTask], delay_seconds: int = 0) -> None:
        """Enqueue references; copy and image tasks go to their own queues. Raises TransientError."""
        ...


class MaterialReference(Model):
    """A message on a work queue."""

    venue_id: str
    material_id: str
    task_key: str


class PictureEncoder(Protocol):
    """Turns a model's picture into what a page may carry."""

    def encode(self, data: bytes, *, width: int, height: int, budget: int, xmp: bytes = b"") -> tuple[bytes, int, int]:
        """WebP of width x height pixels (cropped to fill, around what it shows) within `budget` bytes, carrying the XMP packet:
        (bytes, width, height); down to half as wide and high where the budget holds no more.

        Raises PermanentError when the data is no picture, and when even that is too large.
        """
        ...


class PictureEyes(Protocol):
    """Takes a picture's look."""

    def look(self, data: bytes) -> str:
        """16 x 16 RGB cells in base64 (likeness.py). Raises PermanentError when the data is no picture."""
        ...
