"""Keys from Secrets Manager: the secret that is current, and the one before it."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_urlsafe

from botocore.exceptions import ClientError

from huichang.adapters.aws import client, error_code, translated
from huichang.delivery.events.tokens import Key
from huichang.kernel.clock import Clock
from huichang.kernel.errors import TransientError

FRESH = timedelta(minutes=5)
# After a stranger's key name the secret is read again at most this often.
AGAIN = timedelta(seconds=30)


class SecretKeys:
    """Keys: AWSCURRENT signs, AWSPREVIOUS is still believed. Secrets Manager moves the stages when a new value is put."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._keys: tuple[Key, ...] = ()
        self._read_at: datetime | None = None

    def all(self) -> tuple[Key, ...]:
        """Both, the current one first. Read again every five minutes: a new key signs everywhere by then, long before the old one ends."""
        return self._fresh(FRESH)

    def signing(self) -> Key:
        """See Keys."""
        return self._fresh(FRESH)[0]

    def named(self, name: str) -> Key | None:
        """See Keys."""
        found = self._find(self._fresh(FRESH), name)
        return found or self._find(self._fresh(AGAIN), name)

    def _fresh(self, age: timedelta) -> tuple[Key, ...]:
        now = self._clock.now()
        if self._read_at is None or now - self._read_at >= age:
            try:
                found = (self._stage("AWSCURRENT"), self._stage("AWSPREVIOUS"))
            except TransientError:
                # Keys live for a week: those that are known serve while Secrets Manager is away.
                if not self._keys:
                    raise
                return self._keys
            self._keys = tuple(key for key in found if key)
            self._read_at = now
        return self._keys

    def _stage(self, stage: str) -> Key | None:
        with translated(f"secret {self._secret}"):
            try:
                answer = client("secretsmanager").get_secret_value(SecretId=self._secret, VersionStage=stage)
            except ClientError as error:
                # Nothing was rotated yet.
                if stage == "AWSPREVIOUS" and error_code(error) in ("ResourceNotFoundException", "InvalidRequestException"):
                    return None
                raise
        return Key(str(answer["SecretString"]).encode())

    @staticmethod
    def _find(keys: tuple[Key, ...], name: str) -> Key | None:
        return next((key for key in keys if key.name == name), None)


def rotate(secret: str, request: str) -> bool:
    """A new key signs from now on, and the one before stays valid until the next time. False if this `request` (32 to 64 characters)
    has done so already: rotating twice would end a key whose tokens are still under way."""
    with translated(f"secret {secret}"):
        try:
            client("secretsmanager").put_secret_value(SecretId=secret, ClientRequestToken=request, SecretString=token_urlsafe(36))
        except ClientError as error:
            if error_code(error) != "ResourceExistsException":
                raise
            return False
    return True
