"""What a reviewer is shown, by content hash: the page, whose version is the hash of its HTML, and each material beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huichang.kernel.errors import ConflictError, in_both
from huichang.kernel.ids import content_hash
from huichang.kernel.language import both
from huichang.materials.model import CopyResult, ImageResult, MaterialTask
from huichang.venues.model import Documents

CHANGED = "changed_since_shown"
NOTHING = "-"
"""Stands for a material of which there is nothing to see."""


def seen_hash(result: CopyResult | ImageResult) -> str:
    """Content hash of what people see of a material: its texts, or its picture (whose key is its own hash)."""
    return content_hash(result.media_key if isinstance(result, ImageResult) else result.texts)[:32]


def result_of(task: MaterialTask, documents: Documents) -> CopyResult | ImageResult | None:
    """What was made, once something was."""
    if not task.result_key:
        return None
    return documents.get(task.result_key, ImageResult) if task.kind == "image" else documents.get(task.result_key, CopyResult)


def seen_of(tasks: Sequence[MaterialTask], documents: Documents) -> dict[str, str]:
    """Material id -> hash of what is shown of it now."""
    return {task.material_id: seen_hash(result) if (result := result_of(task, documents)) else NOTHING for task in tasks}


def check_shown(told: Mapping[str, str] | None, now: Mapping[str, str]) -> None:
    """Raises ConflictError where a material is not what it was when it was shown, or is gone.

    `told`: what was shown, which may be less than there is; None: the decision was about the page only.
    """
    changed = sorted(name for name in told or {} if (told or {})[name] != now.get(name))
    if changed:
        names = ", ".join(changed[:5])
        words = both(f"给你看过之后，{names} 又变了；没有作出决定", f"{names} changed after it was shown to you; nothing was decided")
        todo = both("重新打开会场，看过再决定", "load the venue again, look at it, and decide")
        raise in_both(ConflictError(words["en"], where="saw", mend=todo["en"], code=CHANGED), words, todo)
