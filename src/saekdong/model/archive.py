"""Read a tar archive strictly: only files, each with the size and name in its header.

The standard library's reader accepts extended headers, sparse maps and long names of any size: gigabytes and minutes
from a few kilobytes.
"""

import re
from collections.abc import Iterator

_BLOCK = 512
_MOST_HEADERS = 100
_MOST_EXTENDED = 64 << 10
_FILE, _FOLDER, _EXTENDED = (b"0", b"\0"), b"5", (b"x", b"g")
# Extended headers may contain times and owners, but not another name or size of the member.
_CHANGES = re.compile(rb"[0-9] (GNU\.sparse|path|linkpath|size|hdrcharset)")


class ArchiveError(ValueError):
    """The archive is damaged, or has members that are not files."""


def members(content: memoryview) -> Iterator[tuple[str, memoryview | None]]:
    """Yield the name and the content of each member, as a part of the archive's own bytes; None for a folder.

    Raises:
        ArchiveError: it is damaged, truncated, has more than 100 headers, or a member that is neither file nor folder.
    """
    at = 0
    for _ in range(_MOST_HEADERS):
        header = bytes(content[at : at + _BLOCK])
        if not header.strip(b"\0"):
            return
        _check_sum(header)
        name, kind, size = _name(header), header[156:157], _octal(header[124:136])
        start, at = at + _BLOCK, at + _BLOCK + size + -size % _BLOCK
        part = content[start : start + size]
        if len(part) != size:
            raise ArchiveError("it is truncated")
        if kind in _FILE:
            yield name, part
        elif kind == _FOLDER and not size:
            yield name, None
        elif kind not in _EXTENDED or size > _MOST_EXTENDED or _CHANGES.search(part):
            raise ArchiveError(f"{name[:80]!r} is not a plain file")
    raise ArchiveError(f"it has more than {_MOST_HEADERS} headers")


def _check_sum(header: bytes) -> None:
    unsigned = sum(header) - sum(header[148:156]) + 8 * ord(" ")
    if len(header) != _BLOCK or _octal(header[148:156]) != unsigned:
        raise ArchiveError("a header is damaged")


def _name(header: bytes) -> str:
    name, prefix = (field.partition(b"\0")[0] for field in (header[:100], header[345:500]))
    is_posix = header[257:263] == b"ustar\0"
    return (prefix + b"/" + name if is_posix and prefix else name).decode("utf-8", "replace")


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0")
    if not re.fullmatch(rb"[0-7]{0,12}", digits):
        raise ArchiveError("a header's number is damaged")
    return int(digits or b"0", 8)
