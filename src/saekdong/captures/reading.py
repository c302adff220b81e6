"""Read captured requests, from files on this machine or objects on S3."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from saekdong.captures.hours import is_within, local_files, place_of
from saekdong.captures.lines import BASE64
from saekdong.errors import SaekdongError
from saekdong.fetch.s3 import list_objects, open_object
from saekdong.files import cannot_read, open_regular
from saekdong.model.identity import ModelId

MOST_LINE = 1 << 26
"""Bytes of the longest line: a body of 25 MB in base64, and its answer."""

_CHUNK = 1 << 16
_MOST_PROBLEMS = 1000
_LONG = 1 << 20
_MOST_TEXTS, _MOST_OUTSIDE = 1000, 10_000
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)

Problem = Callable[[str], None]
"""Takes a message about a line that cannot be read."""


@dataclass(frozen=True, slots=True)
class CapturedPayload:
    """The body of a request, or of its answer.

    Attributes:
        media_type: its media type, as observed.
        content: the body.
    """

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CapturedRequest:
    """A captured request.

    Attributes:
        endpoint: the endpoint that answered.
        event: the id of the request.
        time: when it was answered, to the second.
        model: the model that answered; None in lines that SageMaker wrote.
        input: the request's body; None if only the answer was captured.
        output: the answer's body; None if only the request was captured.
        photo: the SHA-256 of the photo in the request as 64 hexadecimal digits; empty if it has none, or none that was
            captured.
    """

    endpoint: str
    event: str
    time: datetime
    model: ModelId | None
    input: CapturedPayload | None
    output: CapturedPayload | None
    photo: str


def read_captures(
    place: str | Path,
    since: datetime | None = None,
    until: datetime | None = None,
    on_problem: Problem | None = None,
    client: Any = None,
) -> Iterator[CapturedRequest]:
    """Yield the captured requests below a place, hour by hour.

    An incomplete last line, which is being written or was when its process was killed, is ignored.

    Args:
        place: a folder, or an `s3://` address; of one endpoint or of several.
        since: yield requests from this time on; None for all.
        until: yield requests before this time; None for all.
        on_problem: gets a message about each other line that cannot be read; None to ignore them. After 1,000 such
            lines the rest of a file is not read.
        client: the S3 client; None for boto3's own credentials.

    Raises:
        SaekdongError: a file cannot be read, or S3 refuses.

    Example:
        >>> list(read_captures(Path("no-captures")))
        []
    """
    for name, lines in _files(str(place), since, until, client):
        found = place_of(name)
        assert found is not None  # noqa: S101
        problems = 0
        for number, line in enumerate(lines, 1):
            try:
                request = parse_line(found[0], line)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SaekdongError) as error:
                problems += 1
                if on_problem:
                    reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
                    on_problem(f"{name}, line {number}: not a captured request: {reason[:200]}")
                if problems == _MOST_PROBLEMS:
                    if on_problem:
                        on_problem(f"{name}: {problems:,} such lines; the rest of the file is not read")
                    break
                continue
            if (since is None or request.time >= since) and (until is None or request.time < until):
                yield request


def parse_line(endpoint: str, line: bytes) -> CapturedRequest:
    """Return the request of a line.

    Args:
        endpoint: the endpoint that answered.
        line: the line.

    Raises:
        ValueError: it is not JSON, too long, or a value is wrong.
        KeyError: a field is missing.
        TypeError: a field has another type.
        SaekdongError: the model's id is invalid.
    """
    if len(line) > MOST_LINE:
        raise ValueError(f"it is longer than {MOST_LINE >> 20} MB")
    if len(line) > _LONG:
        _check_form(line)
    record = json.loads(line)
    data, about = record["captureData"], record["eventMetadata"]
    moment = datetime.fromisoformat(about["inferenceTime"])
    request = _payload(data.get("endpointInput"))
    return CapturedRequest(
        endpoint,
        str(about["eventId"]),
        moment if moment.tzinfo else moment.replace(tzinfo=UTC),
        ModelId(about["modelId"]) if "modelId" in about else None,
        request,
        _payload(data.get("endpointOutput")),
        str(about.get("photoSha256", "")) or _digest(request),
    )


def _check_form(line: bytes) -> None:
    """Check that a long line is long by its texts: millions of small values would take gigabytes.

    Raises:
        ValueError: it is not.
    """
    # No text begins with an escaped quote, so this is at least the number of texts.
    texts = line.count(b'"') - line.count(b'\\"')
    if texts > _MOST_TEXTS or len(_TEXT.sub(b"", line)) > _MOST_OUTSIDE:
        raise ValueError("it has too many values")


def _payload(part: Any) -> CapturedPayload | None:
    if part is None:
        return None
    data = part["data"]
    try:
        content = base64.b64decode(data, validate=True) if part["encoding"] == BASE64 else data.encode()
    except binascii.Error as error:
        raise ValueError(f"its data is not base64: {error}") from error
    return CapturedPayload(str(part.get("observedContentType", "")), content)


def _digest(request: CapturedPayload | None) -> str:
    """Return the SHA-256 of a photo that SageMaker captured."""
    if request is None or not request.media_type.startswith(("image/", "application/x-image")):
        return ""
    return hashlib.sha256(request.content).hexdigest()


def _files(
    place: str, since: datetime | None, until: datetime | None, client: Any
) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield the name and the lines of each file that may have requests of a time."""
    if place.lower().startswith("s3://"):
        for address in list_objects(place, client):
            if (found := place_of(address)) and is_within(found[1], since, until):
                with open_object(address, client=client) as remote:
                    yield address, captured_lines(remote.body)
        return
    for path in local_files(Path(place)):
        if (found := place_of(str(path.absolute()))) and is_within(found[1], since, until):
            try:
                with open_regular(path) as file:
                    yield str(path.absolute()), complete_lines(captured_lines(file))
            except FileNotFoundError:  # it expired in the meantime
                continue
            except OSError as error:
                raise cannot_read(path, error) from error


def captured_lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file, or of an answer of S3, whose own `readline` has no bound.

    Of a line that is too long, it yields parts.
    """
    parts: list[bytes] = []
    size = 0
    while chunk := file.read(_CHUNK):
        first, *others = chunk.split(b"\n")
        parts.append(first)
        size += len(first)
        for other in others:
            yield b"".join(parts) + b"\n"
            parts, size = [other], len(other)
        if size > MOST_LINE:
            yield b"".join(parts)
            parts, size = [], 0
    if size:
        yield b"".join(parts)


def complete_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines but an incomplete last one."""
    return (line for line in lines if line.endswith(b"\n") or len(line) > MOST_LINE)
