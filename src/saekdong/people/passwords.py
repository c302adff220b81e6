"""Passwords: which are accepted, and how they are stored and compared."""

import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

from saekdong.extras import is_installed, missing_extra
from saekdong.people.errors import PeopleError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST_LENGTH, MOST_LENGTH = 12, 200
_LEAST_DIFFERENT = 5


class Passwords:
    """Hashes passwords with Argon2id and compares them, with the same work whether there is a hash or not.

    Args:
        hasher: does the work; by default with argon2-cffi's parameters, the second recommendation of RFC 9106 (64 MiB,
            3 passes, 4 lanes).
    """

    def __init__(self, hasher: "PasswordHasher | None" = None) -> None:
        self._given = hasher

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        if self._given:
            return self._given
        if not is_installed("argon2"):
            raise missing_extra("studio", "passwords need argon2-cffi, which is not installed")
        from argon2 import PasswordHasher

        return PasswordHasher()

    @cached_property
    def _no_hash(self) -> str:
        return self.hash("a password that no account has")

    def hash(self, password: str) -> str:
        """Return what is stored of a password."""
        return self._hasher.hash(_normal(password))

    def is_right(self, stored: str | None, password: str) -> bool:
        """Return whether a password fits a stored hash; if there is none, work as long and return False."""
        matches = self.verify(stored or self._no_hash, password)
        return matches and stored is not None

    def verify(self, stored: str, password: str) -> bool:
        """Compare a password with a hash."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(stored, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, stored: str) -> bool:
        """Return whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(stored)


def check_password(password: str, name: str) -> None:
    """Check that a new password is hard to guess.

    Raises:
        PeopleError: it is too short or too long, repeats few characters, or contains the person's name.
    """
    text = _normal(password)
    if not LEAST_LENGTH <= len(text) <= MOST_LENGTH:
        raise PeopleError(
            "password-length",
            f"a password has {LEAST_LENGTH} to {MOST_LENGTH} characters",
            fix="choose a few words, for example",
        )
    if len(set(text)) < _LEAST_DIFFERENT:
        raise PeopleError("password-few", "the password repeats few characters", fix="choose another")
    if name and name.casefold() in text.casefold():
        raise PeopleError("password-name", "the password contains the name", fix="choose another")


def _normal(password: str) -> str:
    """Return a password as every keyboard types it: composed, and at most a little longer than is accepted."""
    return unicodedata.normalize("NFKC", password[: MOST_LENGTH + 1])
