"""Merchants' pictures, fetched once, made anew and kept among our own: a page never shows a buyer's browser to another site."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import HuichangError, PermanentError
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model
from huichang.pages.renditions import Encoded, PictureSet, Rendition, kept

Body = TypeVar("Body", bound=Model)
FRESH = timedelta(days=7)
AT_ONCE = 8
SECONDS = 25.0


class MirroredPicture(Model):
    """What became of an address. `media_key` "": it gives no picture, and `why` says so. `at`: when it was last asked (ISO)."""

    address: str
    media_key: str = ""
    width: int = 0
    height: int = 0
    renditions: tuple[Rendition, ...] = ()
    why: str = ""
    code: str = ""
    at: str


class Made(Model):
    """A picture of ours: WebP without any metadata, and its renditions."""

    data: bytes
    width: int
    height: int
    renditions: tuple[Encoded, ...] = ()


class Photo(PictureSet):
    """Our copy of a merchant's picture, by its media key."""

    key: str


class PictureSource(Protocol):
    """Where foreign bytes come from."""

    def fetch(self, address: str) -> bytes:
        """Raises PermanentError for what will not be better next time, TransientError for the rest."""
        ...


class PictureMaker(Protocol):
    """Makes a picture of ours from foreign bytes."""

    def made(self, data: bytes) -> Made:
        """Raises PermanentError for bytes that are no picture we would show."""
        ...


class MediaShelf(Protocol):
    """Where pictures are put once."""

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        """Store under the content's hash; return the key."""
        ...


class Notes(Protocol):
    """Documents: what became of each address."""

    def put(self, key: str, body: Model) -> str:
        """Store."""
        ...

    def get(self, key: str, kind: type[Body]) -> Body:
        """Load."""
        ...

    def exists(self, key: str) -> bool:
        """Whether it is there."""
        ...


@dataclass(frozen=True)
class Mirror:
    """Fetches, makes anew and keeps. An address is asked again after a week; one that fails then keeps what it gave before."""

    source: PictureSource
    maker: PictureMaker
    media: MediaShelf
    notes: Notes
    clock: Clock
    seconds: float = SECONDS

    def photos(self, addresses: Iterable[str]) -> Mapping[str, Photo]:
        """Our copies by address; what cannot be shown is left out, and so is what did not come within `seconds`: the next page has it."""
        wanted = list(dict.fromkeys(addresses))
        if not wanted:
            return {}
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mirror")
        asked = {pool.submit(self.of, address): address for address in wanted}
        found: dict[str, Photo] = {}
        try:
            for done in as_completed(asked, timeout=self.seconds):
                if copy := _photo(done.result()):
                    found[asked[done]] = copy
        except LateError:
            pass  # told by what is missing
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return {address: found[address] for address in wanted if address in found}

    def of(self, address: str) -> MirroredPicture:
        """One address. Never raises for what the other side does."""
        key = _note_key(address)
        known = self.notes.get(key, MirroredPicture) if self.notes.exists(key) else None
        now = self.clock.now()
        if known and now - datetime.fromisoformat(known.at) < FRESH:
            return known
        try:
            copy = self.maker.made(self.source.fetch(address))
        except HuichangError as error:
            failed = MirroredPicture(address=address, why=error.message[:300], code=error.code, at=iso(now))
            if isinstance(error, PermanentError) and not (known and known.media_key):
                self.notes.put(key, failed)
            return known if known and known.media_key else failed
        media_key = self.media.put_media(copy.data, "image/webp", "webp")
        smaller = kept(copy.renditions, self.media.put_media)
        made = MirroredPicture(address=address, media_key=media_key, width=copy.width, height=copy.height, renditions=smaller, at=iso(now))
        self.notes.put(key, made)
        return made


Photos = Callable[[Iterable[str]], Mapping[str, Photo]]
"""Mirror.photos, or what it answered when a page was rendered."""


@dataclass(frozen=True)
class Remembered:
    """What the mirror has kept, for who may not fetch: a page's preview shows what its render will, as far as it is known."""

    notes: Notes

    def photos(self, addresses: Iterable[str]) -> Mapping[str, Photo]:
        """Our copies by address; what was never fetched, or gave no picture, is left out."""
        found: dict[str, Photo] = {}
        for address in dict.fromkeys(addresses):
            key = _note_key(address)
            if self.notes.exists(key) and (copy := _photo(self.notes.get(key, MirroredPicture))):
                found[address] = copy
        return found


def _photo(got: MirroredPicture) -> Photo | None:
    return Photo(key=got.media_key, width=got.width, height=got.height, renditions=got.renditions) if got.media_key else None


def _note_key(address: str) -> str:
    return f"mirror/{content_hash(address)}"
