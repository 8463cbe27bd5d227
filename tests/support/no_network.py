"""No test talks to the world: a connection to anything but this machine is an error that names who tried."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", ""})


class RealCallError(AssertionError):
    """A test tried to reach another machine. Not an OSError: code that expects networks to fail must not swallow it."""


def is_local(host: str) -> bool:
    """Whether a name or address is this machine."""
    name = host.strip("[]").partition("%")[0].lower()
    if name in _LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@contextmanager
def no_network() -> Iterator[None]:
    """While it lasts, sockets of this process connect to this machine only, and foreign names are not even looked up."""
    kept = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
    look_up = socket.getaddrinfo

    def guarded(name: str) -> Callable[..., Any]:
        def call(sock: socket.socket, *arguments: Any) -> Any:
            address = arguments[-1]
            if sock.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple) and not is_local(str(address[0])):
                raise RealCallError(f"a test tried to reach {address[0]}:{address[1]}: use a server on 127.0.0.1 or a fake")
            return kept[name](sock, *arguments)

        return call

    def looked_up(host: Any, *arguments: Any, **words: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not is_local(str(name)):
            raise RealCallError(f"a test tried to look up {name}: use a server on 127.0.0.1 or a fake")
        return look_up(host, *arguments, **words)

    for name in kept:
        setattr(socket.socket, name, guarded(name))
    socket.getaddrinfo = looked_up
    try:
        yield
    finally:
        for name, method in kept.items():
            setattr(socket.socket, name, method)
        socket.getaddrinfo = look_up
