"""Decision tokens: an offered item says itself what was decided, signed, so that counting needs no look-up and nobody can invent a click.

    1~<key>~<decision>~<placement>~<segment>~<venue>~<position>~<image>~<explored>~<propensity>~<moment>~<mac>

Every part is made of characters that an address may carry as they are. `moment` is Unix seconds in hexadecimal, `mac` the first
128 bits of HMAC-SHA256 over all that stands before it (RFC 2104 allows half a digest), base64url. Two keys are valid at a time:
the one that signs and the one before; a token names its own by four letters of a hash of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol

from pydantic import Field

from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model

VALID = timedelta(hours=24)
# Functions' clocks agree within seconds; more is a token of tomorrow.
AHEAD = timedelta(minutes=5)
MAX_BYTES = 200
_VERSION = "1"
_CONTEXT = b"huichang decision v1\n"  # the secret signs nothing else in the same words
_SHAPE = re.compile(r"[A-Za-z0-9_.+~-]{1,200}")
_MAC_BYTES = 16

Slug = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,24}$")]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Offer(Model):
    """One item of a decision: what a token says. `image` "" is the venue's default; `at` is the decision's moment."""

    decision_id: Id
    placement: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    segment: Slug
    venue_id: Id
    position: Annotated[int, Field(ge=1, le=999)]
    image: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,32}$")] = ""
    explored: bool
    propensity: Annotated[float, Field(ge=0, le=1)]
    at: datetime


@dataclass(frozen=True)
class Key:
    """A secret and the name by which tokens call it."""

    secret: bytes

    @property
    def name(self) -> str:
        """Four hex digits of its hash. Two keys of the same name would be told apart by the MAC: one of them does not fit."""
        return hashlib.sha256(_CONTEXT + self.secret).hexdigest()[:4]


class Keys(Protocol):
    """The two keys that are valid now."""

    def signing(self) -> Key:
        """The one to sign with. Raises TransientError."""
        ...

    def named(self, name: str) -> Key | None:
        """The valid key of this name; None where there is none. Raises TransientError."""
        ...


class TokenRefusedError(PermanentError):
    """A token that is not believed. `code`: token_malformed, token_unknown_key, token_forged, token_expired, token_of_the_future."""

    status = 400


def sign(key: Key, offer: Offer) -> str:
    """The token, at most 200 bytes. Raises ValueError for ids so long that it would be more."""
    said = "~".join(
        (
            _VERSION,
            key.name,
            offer.decision_id,
            offer.placement,
            offer.segment,
            offer.venue_id,
            str(offer.position),
            offer.image,
            str(int(offer.explored)),
            f"{offer.propensity:.6g}",
            f"{int(offer.at.timestamp()):x}",
        )
    )
    token = f"{said}~{_mac(key, said)}"
    if len(token) > MAX_BYTES:
        raise ValueError(f"a decision token of {len(token)} bytes: decision, placement, segment, venue and image have too long names")
    return token


def read(keys: Keys, token: str, now: datetime) -> Offer:
    """What the token says, if it is ours and not older than 24 hours. Raises TokenRefusedError, TransientError."""
    parts = token.split("~")
    if not _SHAPE.fullmatch(token) or len(parts) != 12 or parts[0] != _VERSION:
        raise TokenRefusedError("this is no decision token", where="token", code="token_malformed")
    key = keys.named(parts[1])
    if key is None:
        raise TokenRefusedError("the token's key is not valid any more, or never was", where="token", code="token_unknown_key")
    said, _, mac = token.rpartition("~")
    if not hmac.compare_digest(mac.encode(), _mac(key, said).encode()):
        raise TokenRefusedError("the token was not made by us, or was changed", where="token", code="token_forged")
    # Ours from here on: what it says has the form that `sign` gave it.
    _, _, decision_id, placement, segment, venue_id, position, image, explored, propensity, moment, _ = parts
    at = datetime.fromtimestamp(int(moment, 16), UTC)
    if at < now - VALID:
        raise TokenRefusedError("the token is more than 24 hours old", where="token", code="token_expired")
    if at > now + AHEAD:
        raise TokenRefusedError("the token is of the future", where="token", code="token_of_the_future")
    share = float(propensity)
    if not math.isfinite(share):
        raise TokenRefusedError("the token's propensity is no number", where="token", code="token_malformed")
    return Offer(
        decision_id=decision_id,
        placement=placement,
        segment=segment,
        venue_id=venue_id,
        position=int(position),
        image=image,
        explored=explored == "1",
        propensity=share,
        at=at,
    )


def _mac(key: Key, said: str) -> str:
    digest = hmac.new(key.secret, _CONTEXT + said.encode(), hashlib.sha256).digest()[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
