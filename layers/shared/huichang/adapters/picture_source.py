"""Fetches merchants' pictures from outside, and nothing else: only listed hosts, only public addresses, only so much, only so long.

An address in a catalogue is untrusted. What is connected to is the very address that was looked up and checked: a name that answers
something else a moment later (DNS rebinding) leads nowhere. Redirects are followed by hand, each held to the same rules.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from huichang.kernel.errors import PermanentError, TransientError
from huichang.pages.addresses import allowed

MAX_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
TOTAL_SECONDS = 12.0
MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, str], socket.socket]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where it is written inside an IPv6 one (mapped, 6to4, Teredo, NAT64)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(each is not None and not is_public(str(each)) for each in inner):
            return False
        if ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip in _NAT64:
            return True
        if ip.is_site_local or ip in ipaddress.ip_network("::/96"):  # both long deprecated, and neither public
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def resolve(host: str, port: int) -> Sequence[str]:
    """The host's addresses. Raises TransientError where its name is not known now."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise TransientError(f"the name {host} cannot be looked up: {error}", where=host) from error
    return [str(entry[4][0]) for entry in found]


def connect(address: str, port: int, host: str) -> socket.socket:
    """A TLS connection to this address, whose certificate must be the host's."""
    raw = socket.create_connection((address, port), timeout=CONNECT_SECONDS)
    try:
        return ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise


@dataclass(frozen=True)
class GuardedPictures:
    """PictureSource over HTTPS. `hosts` as in pages/addresses.py."""

    hosts: tuple[str, ...]
    resolve: Resolve = resolve
    connect: Connect = connect
    max_bytes: int = MAX_BYTES
    total_seconds: float = TOTAL_SECONDS

    def fetch(self, address: str) -> bytes:
        """The bytes at the address.

        Raises PermanentError for what will not be better next time (a host that is not listed, an address that is not public, too many
        bytes or redirects, an answer that is none), TransientError for the rest.
        """
        ends = time.monotonic() + self.total_seconds
        for _ in range(MAX_REDIRECTS + 1):
            plain = allowed(address, self.hosts)
            if not plain:
                raise PermanentError(
                    "the picture's host is not listed", where=address[:200], mend="add it to PictureHosts", code="not_listed"
                )
            status, body, location = self._get(plain, ends)
            if status in _REDIRECTS and location:
                address = urljoin(plain, location)
                continue
            if status == 200:
                return body
            kind = TransientError if status == 429 or status >= 500 else PermanentError
            raise kind(f"the picture's host answers {status}", where=plain, code="no_picture")
        raise PermanentError(f"more than {MAX_REDIRECTS} redirects", where=address[:200], code="redirects")

    def _get(self, address: str, ends: float) -> tuple[int, bytes, str]:
        parts = urlsplit(address)
        host, port = str(parts.hostname), parts.port or 443
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        link = http.client.HTTPSConnection(host, port, timeout=READ_SECONDS)
        try:
            link.sock = self._opened(host, port)
            link.sock.settimeout(READ_SECONDS)
            headers = {"Accept": "image/webp,image/jpeg,image/png", "Accept-Encoding": "identity", "User-Agent": "huichang-pictures"}
            link.request("GET", path, headers=headers)
            answer = link.getresponse()
            if answer.status != 200:
                return answer.status, b"", answer.headers.get("Location", "")
            return 200, self._body(answer, address, ends), ""
        except (OSError, http.client.HTTPException) as error:
            raise TransientError(f"the picture cannot be fetched: {error}", where=address) from error
        finally:
            link.close()

    def _opened(self, host: str, port: int) -> socket.socket:
        found = self.resolve(host, port)
        private = [each for each in found if not is_public(each)]
        # One private address among public ones is reason enough: a host that answers both is up to something.
        if private or not found:
            raise PermanentError(f"{host} is at {', '.join(private) or 'no address'}, which is not public", where=host, code="not_public")
        return self.connect(found[0], port, host)

    def _body(self, answer: http.client.HTTPResponse, address: str, ends: float) -> bytes:
        body = bytearray()
        while chunk := answer.read1(64 * 1024):
            body += chunk
            if len(body) > self.max_bytes:
                raise PermanentError(f"the picture has more than {self.max_bytes:,} bytes", where=address, code="too_large")
            if time.monotonic() > ends:
                raise TransientError(f"the picture took longer than {self.total_seconds:.0f} s", where=address)
        if answer.length:  # what the answer still owes
            raise TransientError("the picture was cut off", where=address)
        return bytes(body)
