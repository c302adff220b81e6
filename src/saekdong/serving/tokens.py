"""The token that writers to the catalog's API bear: made once, and readable by the owner only."""

import os
import re
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from saekdong.errors import SaekdongError
from saekdong.files import cannot_read, cannot_write

TOKEN_FILE = "api-token"  # noqa: S105 (the name of a file)
TOKEN_VARIABLE = "SAEKDONG_API_TOKEN"  # noqa: S105 (the name of a variable)
_TOKEN = re.compile(r"[!-~]{16,200}")


def token_in(path: Path) -> str:
    """Return the token in a file; the first call makes it.

    Processes that call this at the same time get the same token.

    Raises:
        SaekdongError: the file cannot be read or made, or holds no token.

    Example:
        >>> path = Path(tempfile.mkdtemp()) / "api-token"
        >>> token_in(path) == token_in(path)
        True
    """
    if not path.exists():
        _make(path)
    try:
        token = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise cannot_read(path, error) from error
    if not _TOKEN.fullmatch(token):
        raise SaekdongError(f"{path} holds no token", fix="remove it; the next start makes another one")
    return token


def _make(path: Path) -> None:
    """Write a new token, unless another process was first; the file appears whole, with the rights 0600."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(f"{secrets.token_urlsafe(32)}\n")
            with suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            Path(temporary).unlink()
    except OSError as error:
        raise cannot_write(path, error) from error
