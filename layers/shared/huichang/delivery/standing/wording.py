"""What is told of a standing besides its verdict."""

from __future__ import annotations

from huichang.kernel.errors import ConflictError, NotFoundError, in_both
from huichang.kernel.language import Text, both


def kept_words(staying: int, slots: int) -> Text:
    """Why a venue that is to be retired stays."""
    return both(
        f"仍然留下：这个投放位有 {slots} 个坑位，只剩 {staying} 个会场。有新会场进来后会自动下线。",
        f"It stays: the placement has {slots} places and {staying} venues left for them. It goes by itself as soon as others come.",
    )


def not_eliminated(venue_id: str, name: str) -> ConflictError:
    """Somebody wants a venue back that never left."""
    error = ConflictError(f"{venue_id} was not taken out of {name}", where="venue_id", mend="look at the list again", code="not_eliminated")
    return in_both(
        error,
        both(f"会场 {venue_id} 没有从 {name} 下线", f"{venue_id} was not taken out of {name}"),
        both("请刷新列表再看。", "Look at the list again."),
    )


def eliminated_already(venue_id: str, name: str) -> ConflictError:
    """Somebody takes out a venue that is out."""
    error = ConflictError(
        f"{venue_id} is out of {name} already", where="venue_id", mend="restore it to have it back", code="eliminated_already"
    )
    return in_both(
        error,
        both(f"会场 {venue_id} 已经从 {name} 下线", f"{venue_id} is out of {name} already"),
        both("想让它回来，请恢复它。", "Put it back to have it again."),
    )


def not_there(venue_id: str, name: str) -> NotFoundError:
    """A venue that is not live, may not be in the placement, or is none."""
    error = NotFoundError(
        f"{venue_id} is not in {name}", where="venue_id", mend="only a live venue that may be there", code="venue_not_there"
    )
    return in_both(
        error,
        both(f"会场 {venue_id} 不在 {name}", f"{venue_id} is not in {name}"),
        both("只能处理已上线、且符合这个投放位条件的会场。", "Choose a venue that is live and may be in this placement."),
    )


def changed_meanwhile(venue_id: str) -> ConflictError:
    """Two decisions at one moment."""
    error = ConflictError(
        f"somebody else decided on {venue_id} at the same moment", where="venue_id", mend="look at it again", code="changed_meanwhile"
    )
    return in_both(
        error,
        both(f"同一时刻有人对会场 {venue_id} 做了决定", f"Somebody else decided on {venue_id} at the same moment"),
        both("请刷新后再决定。", "Look at it again, then decide."),
    )
