"""Who is asking and what they may do. Every route says who may use it; nobody may use a route that does not say."""

from __future__ import annotations

from typing import Literal, Protocol, get_args

from huichang.kernel.errors import ForbiddenError, UnauthenticatedError
from huichang.kernel.model import Model
from huichang.venues.model import Actor

Role = Literal["operator", "reviewer", "designer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)


class Identity(Model):
    """The owner of a valid token. `name` is what the audit trail shows."""

    subject: str
    name: str
    roles: tuple[Role, ...]


class Access(Model):
    """Who may use a route: everybody (`public`), or whoever has one of the roles. Admins have every role."""

    public: bool = False
    roles: tuple[Role, ...] = ()

    def admit(self, identity: Identity) -> Actor:
        """The actor, with the role that lets them in. Raises ForbiddenError."""
        for role in (*self.roles, "admin"):
            if role in identity.roles:
                return Actor(name=identity.name, role=role)
        raise ForbiddenError(
            f"{identity.name} has no role that may do this",
            where="authorization",
            mend=f"sign in as somebody with the role {' or '.join(self.roles) or 'admin'}",
        )


NOBODY = Actor(name="", role="")
PUBLIC = Access(public=True)
ANY_ROLE = Access(roles=ROLES)
OPERATOR = Access(roles=("operator",))
REVIEWER = Access(roles=("reviewer",))
DESIGNER = Access(roles=("designer",))
ADMIN = Access(roles=("admin",))


class TokenVerifier(Protocol):
    """Reads access tokens (adapters/oidc.py)."""

    def verify(self, token: str) -> Identity:
        """The token's owner. Raises UnauthenticatedError, or TransientError when the issuer's keys cannot be had."""
        ...


def known_roles(groups: object) -> tuple[Role, ...]:
    """The roles among a token's groups, in our order; groups that are no role of ours mean nothing."""
    given = {group for group in groups if isinstance(group, str)} if isinstance(groups, (list, tuple)) else set()
    return tuple(role for role in ROLES if role in given)


def bearer(authorization: str) -> str:
    """The token of an Authorization header. Raises UnauthenticatedError."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthenticatedError(
            "there is no bearer token in this request",
            where="authorization",
            mend="sign in and send Authorization: Bearer <token>",
        )
    return token.strip()
