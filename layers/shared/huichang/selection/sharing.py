"""Who gets a place on a page that is shorter than the list: no merchant above its share, every sub-theme sure of a part of its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from huichang.selection.policy import FusionPolicy

WhyNot = Literal["merchant_share", "subtheme_share", "over_limit"]


@dataclass(frozen=True)
class Claim:
    """One product that wants a place, in a list that is best first."""

    product_id: str
    merchant: str
    subtheme: str = ""


@dataclass(frozen=True)
class Shared:
    """Who got a place, in the order of the claims; why the others did not; and the cap, and whether it had to yield."""

    chosen: tuple[str, ...]
    left: Mapping[str, WhyNot] = field(default_factory=dict)
    cap: int = 0
    yielded: Literal["", "few_merchants", "thin_page"] = ""


def share_out(claims: Sequence[Claim], room: int, pinned: Mapping[str, int], subthemes: Sequence[str], policy: FusionPolicy) -> Shared:
    """Give at most `room` places. `pinned`: places that each merchant's pins have taken already; they count to its share.

    The cap is the share of the finished page, and holds wherever the page can be filled to `full_page` under it; among so
    few merchants that no cap can hold there is none, and a page that would be thin is filled beyond it, evenly. Both are told.
    """
    size = min(room, len(claims))
    before = sum(pinned.values())
    wanted = max(0, min(size, policy.full_page - before))
    waiting = Counter(claim.merchant for claim in claims)
    merchants = {*waiting, *pinned}

    def cap_of(length: int) -> int:
        return max(1, math.floor((length + before) * policy.merchant_share))

    def capacity(length: int) -> int:
        cap = cap_of(length)
        return sum(min(count, max(0, cap - pinned.get(merchant, 0))) for merchant, count in waiting.items())

    capped = len(merchants) > round(1 / policy.merchant_share)
    fitting = next(length for length in range(size, -1, -1) if capacity(length) >= length) if capped else size
    cap = cap_of(fitting)

    def free(merchant: str) -> int:
        return max(0, cap - pinned.get(merchant, 0)) if capped else size

    chosen = _choose(claims, fitting, free, subthemes, policy)
    plain = _choose(claims, fitting, free, (), policy)
    if fitting < wanted:
        chosen, plain = _filled(claims, chosen, wanted), _filled(claims, plain, wanted)
    listed = set(chosen)
    taken = Counter(claim.merchant for claim in claims if claim.product_id in listed)
    return Shared(
        chosen=chosen,
        left=_left(claims, chosen, plain, lambda merchant: capped and taken[merchant] >= free(merchant)),
        cap=cap,
        yielded="few_merchants" if not capped and size else "thin_page" if fitting < wanted else "",
    )


def _choose(
    claims: Sequence[Claim], size: int, free: Callable[[str], int], subthemes: Sequence[str], policy: FusionPolicy
) -> tuple[str, ...]:
    """The best `size` under the merchants' caps, each sub-theme's sure part first. What is taken first blocks no later place:
    caps are a partition matroid, so any choice within them can be completed to full length."""
    taken: Counter[str] = Counter()
    chosen: set[str] = set()

    def take(claim: Claim) -> bool:
        if claim.product_id in chosen or len(chosen) >= size or taken[claim.merchant] >= free(claim.merchant):
            return False
        taken[claim.merchant] += 1
        chosen.add(claim.product_id)
        return True

    if len(subthemes) > 1:
        sure = math.floor(size / len(subthemes) * policy.subtheme_share)
        for subtheme in subthemes:
            got = 0
            for claim in claims:
                if got >= sure:
                    break
                got += claim.subtheme == subtheme and take(claim)
    for claim in claims:
        take(claim)
    return tuple(claim.product_id for claim in claims if claim.product_id in chosen)


def _filled(claims: Sequence[Claim], chosen: Sequence[str], wanted: int) -> tuple[str, ...]:
    """Filled up to `wanted` from beyond the cap, one product of each merchant at a time."""
    listed = set(chosen)
    turns: Counter[str] = Counter()
    beyond: list[tuple[int, int, str]] = []
    for place, claim in enumerate(claims):
        if claim.product_id not in listed:
            turns[claim.merchant] += 1
            beyond.append((turns[claim.merchant], place, claim.product_id))
    listed |= {product_id for _, _, product_id in sorted(beyond)[: max(0, wanted - len(listed))]}
    return tuple(claim.product_id for claim in claims if claim.product_id in listed)


def _left(claims: Sequence[Claim], chosen: Sequence[str], plain: Sequence[str], full: Callable[[str], bool]) -> dict[str, WhyNot]:
    """`plain`: who would have a place if no sub-theme were sure of any; `full`: whether a merchant has all it may have."""
    listed, without = set(chosen), set(plain)
    left: dict[str, WhyNot] = {}
    for claim in claims:
        if claim.product_id not in listed:
            taken_away = claim.product_id in without
            left[claim.product_id] = "subtheme_share" if taken_away else "merchant_share" if full(claim.merchant) else "over_limit"
    return left
