"""What the model platform learns from: for every rejection the prompt, what was rejected and why, and later what was accepted."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from pydantic import Field

from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.kernel.models import Prompt
from huichang.materials.checks import Region
from huichang.materials.model import CopyResult, ImageResult, MaterialKind


class Made(Model):
    """One side of a pair: texts by slot, or a picture's media key. `fallback`: no model's own words."""

    result_key: str
    content_hash: str
    texts: dict[str, str] = {}
    media_key: str = ""
    fallback: bool = False


class Feedback(Model):
    """A rejection and, once a reviewer has approved what came after it, the acceptance. `prompt_key`: hash of the prompt's words."""

    feedback_id: str
    venue_id: str
    campaign_id: str
    material_id: str
    component: str
    kind: MaterialKind
    language: Language
    task_key: str
    prompt_key: str
    prompt: Prompt | None
    rejected: Made
    reason_code: str
    reason: str = ""
    rules: tuple[str, ...] = ()
    slot: str = ""
    region: Region | None = None
    constraint_id: str = ""
    rejected_by: str
    rejected_at: str
    accepted: Made | None = None
    accepted_by: str = ""
    accepted_at: str = ""

    @property
    def is_pair(self) -> bool:
        """Whether it can tune a model: both sides are a model's own work, and they differ."""
        return (
            self.accepted is not None
            and self.prompt is not None
            and not self.rejected.fallback
            and not self.accepted.fallback
            and self.accepted.content_hash != self.rejected.content_hash
        )


class FeedbackPage(Model):
    """Some of the feedback, newest first; `next` asks for what is before it, "" at the end."""

    entries: tuple[Feedback, ...]
    next: str = ""


class FeedbackStore(Protocol):
    """Feedback records."""

    def create(self, feedback: Feedback) -> bool:
        """Store a new one; False (and nothing written) if the id exists."""
        ...

    def exists(self, venue_id: str, feedback_id: str) -> bool:
        """Whether it was stored; read consistently."""
        ...

    def of_venue(self, venue_id: str) -> list[Feedback]:
        """All of a venue, read consistently."""
        ...

    def accept(self, feedback: Feedback) -> bool:
        """Store the acceptance; False if there is one already."""
        ...

    def page(self, *, cursor: str = "", limit: int = 50) -> FeedbackPage:
        """Newest first."""
        ...


Limit = Annotated[int, Field(ge=1, le=200)]


def made(result_key: str, result: CopyResult | ImageResult, digest: str) -> Made:
    """A material's result as one side of a pair. `digest`: hash of what people see of it."""
    if isinstance(result, ImageResult):
        return Made(result_key=result_key, content_hash=digest, media_key=result.media_key, fallback=result.fallback)
    return Made(result_key=result_key, content_hash=digest, texts=result.texts, fallback=result.fallback)


def line_of(feedback: Feedback) -> dict[str, Any]:
    """A line of the export: prompt, rejected, accepted, reason, and where it comes from."""
    prompt = feedback.prompt
    messages = []
    if prompt:
        messages = [{"role": role, "content": words} for role, words in (("system", prompt.system), ("user", prompt.user)) if words]

    def side(of: Made | None) -> Any:
        return None if of is None else of.media_key if feedback.kind == "image" else of.texts

    return {
        "prompt": messages,
        "rejected": side(feedback.rejected),
        "accepted": side(feedback.accepted),
        "reason": {"code": feedback.reason_code, "text": feedback.reason, "rules": list(feedback.rules), "slot": feedback.slot}
        | ({"region": feedback.region.model_dump()} if feedback.region else {}),
        "kind": feedback.kind,
        "component": feedback.component,
        "language": feedback.language,
        "prompt_name": f"{prompt.name}.v{prompt.version}" if prompt else "",
        "prompt_key": feedback.prompt_key,
        "feedback_id": feedback.feedback_id,
        "constraint_id": feedback.constraint_id,
        "venue_id": feedback.venue_id,
        "rejected_at": feedback.rejected_at,
        "accepted_at": feedback.accepted_at,
        "pair": feedback.is_pair,
    }
