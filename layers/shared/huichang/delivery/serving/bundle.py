"""A snapshot as one object: a placement's policies for every size of answer that is asked for, and what serving must know besides.

    4 bytes: length of the header | header (JSON) | one packed part after the other (ranking/stored.py, or an attachment)

The header names the parts with their lengths, so that only what somebody asks for is unpacked.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, ValidationError

from huichang.delivery.control.rules import Controls
from huichang.delivery.placements.model import Placement
from huichang.delivery.ranking.snapshot import PlacementPolicies
from huichang.delivery.ranking.stored import pack, unpack
from huichang.delivery.serving.model import Size
from huichang.kernel.language import Language
from huichang.kernel.model import Model

FORMAT = "snapshot/1"
_LENGTH = struct.Struct(">I")


class Bounds(Model):
    """How much of a single answer one industry or merchant may have: shares of its places, rounded up. `soft`: the one for all industries
    is for diversity only, and gives way where the places could not be filled."""

    industry: float = 1.0
    industries: dict[str, float] = {}
    merchant: float = 1.0
    merchants: dict[str, float] = {}
    soft: bool = False

    @classmethod
    def of(cls, controls: Controls, *, soft: bool) -> Bounds:
        """Those of a placement's rules."""
        return cls(
            industry=controls.industry_cap,
            industries=dict(controls.industry_caps),
            merchant=controls.merchant_cap,
            merchants=dict(controls.merchant_caps),
            soft=soft,
        )

    @property
    def none(self) -> bool:
        """Whether nothing is bounded."""
        return min([self.industry, self.merchant, *self.industries.values(), *self.merchants.values()]) >= 1

    def least_of_industries(self, slots: int) -> int:
        """The strictest of all."""
        return min(_most(cap, slots) for cap in (self.industry, *self.industries.values()))

    def least_of_merchants(self, slots: int) -> int:
        """The strictest of all."""
        return min(_most(cap, slots) for cap in (self.merchant, *self.merchants.values()))

    def of_industry(self, name: str, slots: int) -> int:
        """Most of an answer with `slots` places."""
        return _most(self.industries.get(name, self.industry), slots) if name else slots

    def of_merchant(self, name: str, slots: int) -> int:
        """Most of an answer with `slots` places."""
        return _most(self.merchants.get(name, self.merchant), slots) if name else slots


class Part(Model):
    """Where the policies for a size lie, and under which bounds they were built."""

    language: Language | None = None
    slots: int
    bytes: Annotated[int, Field(ge=0)]
    bounds: Bounds = Bounds()

    @property
    def size(self) -> Size:
        """What it is for."""
        return Size(self.language, self.slots)


class Header(Model):
    """`slots`, `per_buyer_day`, `buyers`: of the placement. `capped`: venues with a cap of their own, which never fill a place that another
    one leaves. `candidates`: how many venues may be shown. The first part is for `slots` places and any language."""

    format: str = FORMAT
    placement: str
    slots: int
    per_buyer_day: int = 0
    buyers: tuple[str, ...] = ()
    policy_id: str
    built_at: str
    candidates: int = 0
    capped: tuple[str, ...] = ()
    parts: tuple[Part, ...]
    attachments: dict[str, int] = {}


@dataclass
class Snapshot:
    """A bundle that was read. Policies are unpacked when they are first asked for."""

    header: Header
    _bodies: dict[str, bytes]
    _attached: dict[str, bytes]
    _policies: dict[str, PlacementPolicies] = field(default_factory=dict)

    def part(self, size: Size) -> Part | None:
        """The part for exactly this size."""
        return next((part for part in self.header.parts if part.size == size), None)

    @property
    def base(self) -> Part:
        """The part from which every other size can be drawn."""
        return self.header.parts[0]

    def policies(self, part: Part) -> PlacementPolicies:
        """Its policies. ValueError if they are damaged."""
        name = part.size.name
        if name not in self._policies:
            self._policies[name] = unpack(self._bodies[name])
        return self._policies[name]

    def attachment(self, name: str) -> bytes | None:
        """What another room put in (first images: "images")."""
        return self._attached.get(name)


def bundled(
    placement: Placement,
    policies: Mapping[Size, tuple[PlacementPolicies, Bounds]],
    *,
    policy_id: str,
    built_at: str,
    capped: tuple[str, ...] = (),
    attachments: Mapping[str, bytes] | None = None,
) -> bytes:
    """The object. `policies`: the placement's own size first."""
    bodies = [(size, pack(made), bounds) for size, (made, bounds) in policies.items()]
    attached = dict(attachments or {})
    header = Header(
        placement=placement.name,
        slots=placement.slots,
        per_buyer_day=placement.per_buyer_day,
        buyers=placement.eligible.buyers,
        policy_id=policy_id,
        built_at=built_at,
        candidates=max((len(made.even.order) for made, _ in policies.values()), default=0),
        capped=capped,
        parts=tuple(Part(language=size.language, slots=size.slots, bytes=len(body), bounds=bounds) for size, body, bounds in bodies),
        attachments={name: len(body) for name, body in attached.items()},
    )
    told = header.model_dump_json(exclude_defaults=True).encode()
    return b"".join([_LENGTH.pack(len(told)), told, *(body for _, body, _ in bodies), *attached.values()])


def opened(body: bytes) -> Snapshot:
    """What `bundled` made. ValueError for anything else."""
    try:
        (length,) = _LENGTH.unpack_from(body)
        header = Header.model_validate_json(body[_LENGTH.size : _LENGTH.size + length])
    except (struct.error, ValidationError) as error:
        raise ValueError("this is no snapshot") from error
    at = _LENGTH.size + length
    lengths = [*(part.bytes for part in header.parts), *header.attachments.values()]
    if header.format != FORMAT or not header.parts or len(body) != at + sum(lengths):
        raise ValueError(f"snapshots are kept as {FORMAT}, whole")
    cut = []
    for each in lengths:
        cut.append(body[at : at + each])
        at += each
    bodies = {part.size.name: data for part, data in zip(header.parts, cut, strict=False)}
    return Snapshot(header, bodies, dict(zip(header.attachments, cut[len(header.parts) :], strict=True)))


def _most(cap: float, slots: int) -> int:
    return max(0, min(slots, math.ceil(cap * slots - 1e-9)))
