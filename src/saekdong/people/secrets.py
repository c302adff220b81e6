"""Secrets that people and their browsers carry: random values. The file keeps only a hash of each."""

import hashlib
import hmac
import secrets

TOKEN_PREFIX = "saekdong_"  # noqa: S105 (a prefix, by which scanners find tokens that leaked)


def new_secret(prefix: str = "") -> str:
    """Return 256 random bits as text, after a prefix."""
    return prefix + secrets.token_urlsafe(32)


def hashed(secret: str) -> bytes:
    """Return what is stored of a secret.

    A fast hash is enough, because the secret has 256 random bits and cannot be guessed.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def derived(secret: str, purpose: str) -> str:
    """Return a second secret that follows from the first, but does not reveal it.

    Example:
        >>> derived("a", "forms") == derived("a", "forms"), derived("a", "forms") == derived("b", "forms")
        (True, False)
    """
    return hmac.new(secret.encode("utf-8", "replace"), purpose.encode(), hashlib.sha256).hexdigest()
