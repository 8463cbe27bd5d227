"""A placement's policies as bytes, for whoever serves them: what is read back answers with the same probabilities.

Venue ids are written once; answers are their numbers. JSON under zlib: readable in an emergency, and small because answers repeat.
"""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Mapping
from typing import Any

from huichang.delivery.control.evenly import EvenDraw
from huichang.delivery.control.planning import Conflict
from huichang.delivery.ranking.policies import Policy
from huichang.delivery.ranking.snapshot import PlacementPolicies

FORMAT = "policies/1"


def pack(policies: PlacementPolicies) -> bytes:
    """All of a placement."""
    even, everybody = policies.even, policies.everybody
    names = list(even.order)
    # Who is drawn but never explored (an even part without a place) has no number yet.
    known = set(names)
    drawn = {name for policy in (everybody, *policies.segments.values()) for answer in policy.answers for name in answer}
    names += sorted(drawn - known)
    number = {name: i for i, name in enumerate(names)}

    def packed(policy: Policy) -> dict[str, Any]:
        return {
            "answers": [[number[name] for name in answer] for answer in policy.answers],
            "conflicts": [conflict.model_dump() for conflict in policy.conflicts],
            "exact": policy.exact,
        }

    # Where nothing is capped all shares are the same number.
    different = len({*even.shares.values()}) > 1
    body = {
        "format": FORMAT,
        "venues": names,
        "even": [even.shares[name] for name in even.order] if different else [len(even.order), even.slots],
        "uniform": not different,
        "explore": everybody.explore,
        "everybody": packed(everybody),
        "segments": {segment: packed(policy) for segment, policy in policies.segments.items()},
    }
    return zlib.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpack(body: bytes) -> PlacementPolicies:
    """What `pack` wrote. ValueError if it is of another format."""
    try:
        read = json.loads(zlib.decompress(body))
    except (zlib.error, ValueError) as error:
        raise ValueError("this is no packed policy") from error
    if not isinstance(read, dict) or read.get("format") != FORMAT:
        raise ValueError(f"policies are packed as {FORMAT}")
    names: list[str] = read["venues"]
    if read["uniform"]:
        count, slots = read["even"]
        shares = [slots / count] * count if count else []
    else:
        shares = read["even"]
    even = _even(names[: len(shares)], shares)

    def unpacked(packed: Mapping[str, Any]) -> Policy:
        return Policy(
            answers=tuple(tuple(names[i] for i in answer) for answer in packed["answers"]),
            even=even,
            explore=read["explore"],
            conflicts=tuple(Conflict.model_validate(conflict) for conflict in packed["conflicts"]),
            exact=packed["exact"],
        )

    segments = {segment: unpacked(packed) for segment, packed in read["segments"].items()}
    return PlacementPolicies(unpacked(read["everybody"]), segments, even)


def _even(order: list[str], shares: list[float]) -> EvenDraw:
    ends = array("d")
    total = 0.0
    for share in shares:
        total += share
        ends.append(total)
    if ends:
        ends[-1] = round(total)
    return EvenDraw(tuple(order), ends, dict(zip(order, shares, strict=True)))
