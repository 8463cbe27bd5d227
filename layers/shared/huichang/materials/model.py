"""A material task as an explicit state machine, and what it asks for."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.kernel.models import Prompt
from huichang.materials.checks import Checks, Region, RejectedPicture

MaterialKind = Literal["copy", "image"]
ReasonCode = Literal["wrong_facts", "off_topic", "ugly", "too_long", "tone", "policy", "duplicate", "other"]
MaterialStatus = Literal["requested", "running", "ready", "failed", "timed_out", "rejected"]

# Every transition is a conditional write on the state it starts from.
TRANSITIONS: dict[MaterialStatus, tuple[MaterialStatus, ...]] = {
    "requested": ("running", "ready", "failed", "timed_out"),
    "running": ("requested", "ready", "failed", "timed_out"),
    "timed_out": ("requested", "ready", "failed"),
    "failed": ("requested", "ready"),
    "ready": ("rejected",),
    "rejected": ("requested",),
}


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
    """Everything a worker needs; two equal requests are one task and cost one model call."""

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

    @property
    def task_key(self) -> str:
        """One key per (venue, component, kind, prompt and its version, slots, facts, constraint set, times it was sent back)."""
        return content_hash(self.model_dump(mode="json"))[:32]


class MaterialTask(Model):
    """State of one material of one venue. `result_key` names the stored body in S3."""

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
    # Stable code of a failure. Since when it only waits for its turn at the model ("": it does not), and when it will be looked
    # at again: until then nobody may think it lost.
    code: str = ""
    waiting_since: str = ""
    due_at: str = ""
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


class CopyResult(Model):
    """Written texts by slot. `fallback` says the model's answers were refused and facts were used as they are.

    `asked`: the prompt of the last answer, for receipts and for tuning. `refused`: what was wrong with every answer before this result.
    """

    texts: dict[str, str]
    fallback: bool = False
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
    """Material tasks. Every change is conditional on the state it starts from."""

    def create(self, task: MaterialTask) -> bool:
        """Store; False if this venue's material already has a task with the same key (a replay)."""
        ...

    def get(self, venue_id: str, material_id: str) -> MaterialTask:
        """Raises NotFoundError."""
        ...

    def of_venue(self, venue_id: str) -> list[MaterialTask]:
        """All tasks of the page, in page order."""
        ...

    def remove(self, task: MaterialTask) -> None:
        """Drop a task that the page no longer has."""
        ...

    def move(self, task: MaterialTask, to: MaterialStatus, **changes: Any) -> MaterialTask | None:
        """Move from `task.status` (and the same task_key) to `to`. None if somebody moved it first: harmless."""
        ...

    def stale(self, before: str, limit: int = 200) -> list[MaterialTask]:
        """Requested, running or timed out tasks unchanged since `before` (ISO), longest unchanged first."""
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
