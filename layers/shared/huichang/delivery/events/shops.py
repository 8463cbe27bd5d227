"""Orders, from shops' servers: a browser is not believed about money.

A shop signs each request with a key of its own, made of the deployment's shop secret and the shop's name, so that keys can be given out
without a table of them, and one shop's key signs nothing for another:

    key        = hex(HMAC-SHA256(secret, "huichang shop v1\\n" + shop))
    X-Huichang-Signature: t=<Unix seconds>,v1=<hex(HMAC-SHA256(key, "<t>.<shop>." + body))>
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Annotated

from pydantic import Field

from huichang.delivery.events.cells import MOST_VALUE
from huichang.delivery.model import Beacon, BeaconBatch
from huichang.kernel.errors import UnauthenticatedError
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model

VALID_SECONDS = 300
_HEADER = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")
_CONTEXT = "huichang shop v1\n"


class ShopEvent(Model):
    """An order, or a product put into the cart. `order`: a hash of the shop's number for it, made by the shop, so that nobody here
    can look the buyer up. `value`: minor units (cents, fen), whole."""

    kind: Annotated[str, Field(pattern=r"^(order|cart)$")]
    token: Annotated[str, Field(min_length=1, max_length=200)]
    venue_id: Annotated[str, Field(min_length=1, max_length=64)]
    order: Annotated[str, Field(pattern=r"^([0-9a-f]{32,64})?$")] = ""
    product_id: Annotated[str, Field(max_length=120)] = ""
    value: Annotated[int, Field(strict=True, ge=0, le=MOST_VALUE)] = 0
    at: Annotated[str, Field(max_length=40)] = ""


class ShopBatch(Model):
    """Body of POST /api/orders."""

    shop: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    events: Annotated[tuple[ShopEvent, ...], Field(min_length=1, max_length=50)]

    def beacons(self) -> BeaconBatch:
        """The same as beacons. Ids come of what they say: a request that is repeated is a repetition. Two shops that number their
        orders alike are told apart."""
        made = []
        for event in self.events:
            said = event.model_dump()
            order = content_hash([self.shop, event.order])[:32] if event.order else ""
            made.append(Beacon.model_validate({**said, "order": order, "beacon_id": content_hash([self.shop, said])[:32]}))
        return BeaconBatch(beacons=tuple(made))


def shop_key(secret: str, shop: str) -> str:
    """What this shop signs with."""
    return hmac.new(secret.encode(), (_CONTEXT + shop).encode(), hashlib.sha256).hexdigest()


def sign_request(key: str, shop: str, body: bytes, moment: int) -> str:
    """The header X-Huichang-Signature for this body at this moment (Unix seconds)."""
    return f"t={moment},v1={_mac(key, shop, body, str(moment))}"


def check_request(secrets: tuple[str, ...], shop: str, body: bytes, header: str, now: int) -> None:
    """Raises UnauthenticatedError unless one of the valid secrets' keys has signed this body within five minutes of now."""
    found = _HEADER.fullmatch(header)
    moment, mac = found.groups() if found else ("0", "")
    fits = [hmac.compare_digest(mac, _mac(shop_key(secret, shop), shop, body, moment)) for secret in secrets]
    if not any(fits) or abs(now - int(moment)) > VALID_SECONDS:
        raise UnauthenticatedError(
            "the request is not signed with this shop's key, or was signed more than five minutes ago",
            where="x-huichang-signature",
            mend="see docs/delivery-events.md; the shop's key: huichang delivery shop-key",
            code="signature_not_valid",
        )


def _mac(key: str, shop: str, body: bytes, moment: str) -> str:
    return hmac.new(key.encode(), f"{moment}.{shop}.".encode() + body, hashlib.sha256).hexdigest()
