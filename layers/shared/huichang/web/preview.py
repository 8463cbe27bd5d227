"""Staged pages behind signed, expiring tokens: whoever holds the address may look, nobody can make one up.

A token is `<payload>.<signature>`, both base64url: the payload is the JSON list [venue_id, version_id, expires_at], the
signature HMAC-SHA256 of it under the preview secret. It names one version, so a reviewer approves what was looked at.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.kernel.model import Model
from huichang.line.view_models import PreviewLink
from huichang.pages.model import PageStore
from huichang.venues.model import VenueStore

VALID_SECONDS = 15 * 60
MAX_TOKEN = 600
_CONTEXT = b"huichang preview v1\n"  # the secret signs nothing else in the same words


class PreviewPass(Model):
    """What a valid token allows to be seen."""

    venue_id: str
    version_id: str
    expires_at: int


def sign(secret: bytes, venue_id: str, version_id: str, expires_at: int) -> str:
    """The token for this version until `expires_at` (Unix seconds)."""
    payload = json.dumps([venue_id, version_id, expires_at], separators=(",", ":")).encode()
    return f"{_text(payload)}.{_text(_mac(secret, payload))}"


def verify(secret: bytes, token: str, now: int) -> PreviewPass:
    """What the token allows. Raises one NotFoundError for forged, broken and expired: it tells a stranger nothing."""
    refused = NotFoundError(
        "this preview address is not valid, or it has expired",
        where="token",
        mend="open the preview again from the console",
        code="preview_not_valid",
    )
    head, dot, tail = token.partition(".")
    if not dot or len(token) > MAX_TOKEN:
        raise refused
    try:
        payload, signature = _bytes(head), _bytes(tail)
    except (binascii.Error, ValueError) as error:
        raise refused from error
    if not hmac.compare_digest(signature, _mac(secret, payload)):
        raise refused
    venue_id, version_id, expires_at = json.loads(payload)  # ours: the signature is right
    if now >= expires_at:
        raise refused
    return PreviewPass(venue_id=venue_id, version_id=version_id, expires_at=expires_at)


@dataclass(frozen=True)
class SignedPreviews:
    """Previews. The secret is fetched when first needed: only these two routes need it."""

    secret: Callable[[], str]
    venues: VenueStore
    pages: PageStore
    clock: Clock

    def issue(self, venue_id: str) -> PreviewLink:
        """See Previews."""
        venue = self.venues.get(venue_id)
        if not venue.staged_version:
            raise ConflictError(
                f"the venue is {venue.status}: no page was staged yet",
                where="venue",
                mend="wait until RenderPage is done",
            )
        return self.issue_for(venue_id, venue.staged_version)

    def issue_for(self, folder: str, version_id: str) -> PreviewLink:
        """See Previews."""
        expires_at = int(self.clock.now().timestamp()) + VALID_SECONDS
        token = sign(self.secret().encode(), folder, version_id, expires_at)
        return PreviewLink(url=f"/preview/{token}", expires_at=iso(datetime.fromtimestamp(expires_at, UTC)))

    def open(self, token: str) -> str:
        """See Previews."""
        allowed = verify(self.secret().encode(), token, int(self.clock.now().timestamp()))
        return self.pages.read_version(allowed.venue_id, allowed.version_id)


def _mac(secret: bytes, payload: bytes) -> bytes:
    return hmac.new(secret, _CONTEXT + payload, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _text(data) != text:  # base64 allows several spellings of the same bytes; a token has one
        raise ValueError("not the canonical spelling")
    return data
