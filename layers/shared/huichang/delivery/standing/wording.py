"""What is told of a standing besides its verdict."""

from __future__ import annotations

from huichang.kernel.language import Text, both


def kept_words(staying: int, slots: int) -> Text:
    """Why a venue that is to be retired stays."""
    return both(
        f"仍然留下：这个投放位有 {slots} 个位置，只剩 {staying} 个会场。有新会场进来后会自动下线。",
        f"It stays: the placement has {slots} places and {staying} venues left for them. It goes by itself as soon as others come.",
    )


def frozen_words(by: str, why: str) -> Text:
    """Why nobody is taken out."""
    return both(f"评判已由 {by} 冻结，系统不会下线任何会场：{why}", f"Frozen by {by}; the system takes nobody out: {why}")
