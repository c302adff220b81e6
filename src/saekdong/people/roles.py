"""What a person may do: each role may also do what the roles before it may."""

from typing import Literal

from saekdong.errors import SaekdongError

Role = Literal["viewer", "editor", "admin"]
"""A viewer looks, an editor also changes the catalog and its models, an admin also manages people."""

ROLES: tuple[Role, ...] = ("viewer", "editor", "admin")


def covers(role: Role | None, least: Role) -> bool:
    """Return whether a role may do what needs at least another; None may do nothing.

    Example:
        >>> covers("admin", "editor"), covers("viewer", "editor"), covers(None, "viewer")
        (True, False, False)
    """
    return role is not None and ROLES.index(role) >= ROLES.index(least)


def as_role(text: str) -> Role:
    """Return the role of this name.

    Raises:
        SaekdongError: there is none.
    """
    for role in ROLES:
        if role == text:
            return role
    raise SaekdongError(f"there is no role {text!r}", fix=f"give one of {', '.join(ROLES)}")
