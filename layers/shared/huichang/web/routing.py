"""Declaring routes. A route cannot be declared without saying who may use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from huichang.venues.model import Actor
from huichang.web.access import PUBLIC, Access
from huichang.web.exchange import Answer, Request

Handle = Callable[[Request, Actor], Answer]
PublicHandle = Callable[[Request], Answer]


@dataclass(frozen=True)
class Endpoint:
    """One method of one path (`/api/venues/<venue_id>`), who may use it, and what answers."""

    method: str
    path: str
    access: Access
    handle: Handle

    def __post_init__(self) -> None:
        if self.access.public == bool(self.access.roles):
            raise ValueError(f"{self.method} {self.path} must be either public or name the roles that may use it")


@dataclass
class Routes:
    """The endpoints of one subject."""

    endpoints: list[Endpoint] = field(default_factory=list)

    def on(self, method: str, path: str, access: Access) -> Callable[[Handle], Handle]:
        """Declare a route for people with a token; it is given the request and the admitted actor."""

        def declare(handle: Handle) -> Handle:
            self.endpoints.append(Endpoint(method, path, access, handle))
            return handle

        return declare

    def public(self, method: str, path: str) -> Callable[[PublicHandle], PublicHandle]:
        """Declare a route for everybody. It is given no actor, so it cannot come to depend on one."""

        def declare(handle: PublicHandle) -> PublicHandle:
            self.endpoints.append(Endpoint(method, path, PUBLIC, lambda request, _: handle(request)))
            return handle

        return declare
