"""Pictures from outside: only listed hosts, public addresses, so many bytes; made anew, and nothing of the file but its pixels."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from PIL import Image

from huichang.adapters.imaging import PillowPictures
from huichang.adapters.picture_source import GuardedPictures, is_public
from huichang.catalog.product import Product
from huichang.kernel.errors import HuichangError, PermanentError, TransientError
from huichang.pages.mirroring import Mirror
from huichang.pages.picture_shelf import PictureShelf
from tests.support.fakes import FakeClock, a_product
from tests.support.line_fakes import FakeDocuments, FakePages

HOSTS = ("img.example.com", "*.cdn.example")
PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.1", "0.0.0.1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "::10.0.0.1", "2002:7f00:1::",
        "2002:a9fe:a9fe::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1", "fec0::1",
        "", "localhost", "1.2.3", "0x7f000001",
    ],
)  # fmt: skip
def test_what_is_not_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_what_is(address: str) -> None:
    assert is_public(address)


class Site:
    """A host on this machine, behind the connection that the guard opens; it says where it was asked to connect to."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.connected: list[tuple[str, int, str]] = []
        self.asked: list[bytes] = []
        self.names: dict[str, list[str]] = {}

    def resolve(self, host: str, port: int) -> list[str]:
        known = self.names.get(host, [PUBLIC])
        return known if len(self.names.get(host, ())) < 2 or host != "rebinding.cdn.example" else [known.pop(0)]

    def connect(self, address: str, port: int, host: str) -> socket.socket:
        self.connected.append((address, port, host))
        ours, theirs = socket.socketpair()

        def serve() -> None:
            with theirs:
                self.asked.append(theirs.recv(4096))
                answer = self.answers.pop(0)
                with contextlib.suppress(OSError):  # the guard has heard enough
                    theirs.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return ours

    def source(self, **more: int) -> GuardedPictures:
        return GuardedPictures(HOSTS, resolve=self.resolve, connect=self.connect, **more)


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def moved(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


@contextmanager
def refused(kind: type[HuichangError], code: str) -> Iterator[None]:
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.code == code


def test_it_connects_to_the_address_that_it_checked() -> None:
    site = Site(ok(b"bytes"))
    assert site.source().fetch("https://img.example.com/a%20b.jpg?w=1") == b"bytes"
    assert site.connected == [(PUBLIC, 443, "img.example.com")]
    assert site.asked[0].startswith(b"GET /a%20b.jpg?w=1 HTTP/1.1\r\nHost: img.example.com\r\n")
    assert b"Authorization" not in site.asked[0]


@pytest.mark.parametrize(
    "address",
    ["http://img.example.com/x", "https://evil.example/x", "https://127.0.0.1/x", "file:///etc/passwd", "https://a@img.example.com/"],
)
def test_other_hosts_are_not_even_looked_up(address: str) -> None:
    site = Site()
    with refused(PermanentError, "not_listed"):
        site.source().fetch(address)
    assert site.connected == []


@pytest.mark.parametrize("answers", [["169.254.169.254"], [PUBLIC, "10.0.0.1"], ["::ffff:127.0.0.1"], []])
def test_a_listed_name_that_leads_inside_is_refused(answers: list[str]) -> None:
    site = Site()
    site.names["img.example.com"] = answers
    with refused(PermanentError, "not_public"):
        site.source().fetch("https://img.example.com/x")
    assert site.connected == []


def test_a_name_that_answers_something_else_later_leads_nowhere() -> None:
    site = Site(moved("/b.jpg"), ok(b"secret"))
    site.names["rebinding.cdn.example"] = [PUBLIC, "169.254.169.254"]
    with refused(PermanentError, "not_public"):
        site.source().fetch("https://rebinding.cdn.example/a.jpg")
    assert [address for address, _, _ in site.connected] == [PUBLIC]


def test_redirects_are_held_to_the_same_rules_and_counted() -> None:
    assert Site(moved("https://a.cdn.example/b"), ok(b"b")).source().fetch("https://img.example.com/a") == b"b"
    for inside in ("http://169.254.169.254/latest/meta-data/", "https://localhost/", "//evil.example/x", "file:///etc/passwd"):
        with refused(PermanentError, "not_listed"):
            Site(moved(inside)).source().fetch("https://img.example.com/a")
    with refused(PermanentError, "redirects"):
        Site(*(moved("/again") for _ in range(4))).source().fetch("https://img.example.com/a")


def test_too_many_bytes_are_not_read_whatever_the_length_says() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 400_000
    with refused(PermanentError, "too_large"):
        Site(endless).source(max_bytes=100_000).fetch("https://img.example.com/a")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", PermanentError),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", TransientError),
        (b"garbage\r\n\r\n", TransientError),
        (b"", TransientError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", TransientError),
    ],
)
def test_what_is_no_answer_is_an_error_of_ours(answer: bytes, kind: type[HuichangError]) -> None:
    with pytest.raises(kind):
        Site(answer).source().fetch("https://img.example.com/a")


# --- made anew ----------------------------------------------------------------------------------------------------------


def jpeg(width: int = 1200, height: int = 900, **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#c04020").save(out, "JPEG", **more)
    return out.getvalue()


def test_a_picture_is_made_anew_without_what_the_file_carried() -> None:
    exif = Image.Exif()
    exif[0x010E] = "GPS of the merchant's home"
    data = jpeg(exif=exif, comment=b"<script>alert(1)</script>", icc_profile=b"profile of somebody")
    made = PillowPictures().made(data + b"<?php hidden behind the end ?>")
    assert (made.width, made.height) == (800, 600)
    files = [made.data, *(each.data for each in made.renditions)]
    assert not [words for words in (b"GPS", b"script", b"php", b"profile") for file in files if words in file]
    again = [Image.open(io.BytesIO(file)) for file in files]
    assert {(each.format, tuple(dict(each.getexif())), each.info.get("icc_profile")) for each in again} == {
        ("WEBP", (), None),
        ("AVIF", (), None),
    }


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<html>not found</html>", b"GIF89a" + b"\0" * 50, jpeg()[:400]],
    ids=["nothing", "svg", "html", "gif", "cut off"],
)
def test_bytes_that_are_no_picture_we_would_show_are_refused(data: bytes) -> None:
    with pytest.raises(PermanentError):
        PillowPictures().made(data)


# --- kept ---------------------------------------------------------------------------------------------------------------


class Source:
    """PictureSource over a dict; an error is raised."""

    def __init__(self, **pictures: bytes | HuichangError) -> None:
        self.pictures: dict[str, bytes | HuichangError] = dict(pictures)
        self.asked: list[str] = []

    def fetch(self, address: str) -> bytes:
        self.asked.append(address)
        found = self.pictures[address.rpartition("/")[2]]
        if isinstance(found, HuichangError):
            raise found
        return found


def mirror(source: Source) -> tuple[Mirror, FakePages, FakeClock]:
    pages, clock = FakePages(), FakeClock()
    return Mirror(source, PillowPictures(), pages, FakeDocuments(), clock), pages, clock


def test_an_address_is_fetched_once_a_week_and_keeps_what_it_gave() -> None:
    source = Source(a=jpeg(300, 300))
    desk, pages, clock = mirror(source)
    first = desk.photos(["https://img.example.com/a"])
    assert {photo.key for photo in first.values()} <= set(pages.media)
    assert desk.photos(["https://img.example.com/a"] * 2) == first
    assert len(source.asked) == 1
    clock.moment += timedelta(days=8)
    source.pictures["a"] = TransientError("away")
    assert desk.photos(["https://img.example.com/a"]) == first
    source.pictures["a"] = PermanentError("gone")
    assert desk.photos(["https://img.example.com/a"]) == first
    source.pictures["a"] = jpeg(310, 310)
    assert desk.photos(["https://img.example.com/a"]) != first


def test_what_will_not_be_better_is_not_asked_again_and_the_rest_is() -> None:
    source = Source(gone=PermanentError("404"), busy=TransientError("503"), svg=b"<svg/>")
    desk, pages, _ = mirror(source)
    addresses = [f"https://img.example.com/{name}" for name in ("gone", "busy", "svg")]
    for _ in range(2):
        assert desk.photos(addresses) == {}
    assert sorted(source.asked) == sorted([*addresses, addresses[1]])
    assert pages.media == {}


def shown(product: Product, make: Callable[[PictureShelf], PictureShelf] = lambda shelf: shelf, **shelf: object) -> tuple[str, str]:
    kept = PictureShelf(FakePages(), **shelf)  # type: ignore[arg-type]
    return make(kept).address(product)


def test_a_card_shows_our_copy_or_a_drawing_and_never_another_site() -> None:
    photo = a_product("p-1", "熊猫玩偶", pictures=("https://img.example.com/a",))
    desk, pages, _ = mirror(Source(a=jpeg(300, 300)))
    assert shown(photo)[1] == "illustration"  # no host is listed
    assert shown(photo, allowed_hosts=HOSTS)[1] == "illustration"  # nothing was fetched
    shelf = PictureShelf(pages, HOSTS, desk.photos).with_photos([photo])
    address, note = shelf.address(photo)
    assert (address.removeprefix("/") in pages.media, note, address.endswith(".webp")) == (True, "", True)
    elsewhere = a_product("p-2", "熊猫玩偶", pictures=("https://evil.example/a",))
    assert shelf.with_photos([elsewhere]).address(elsewhere)[1] == "illustration"
