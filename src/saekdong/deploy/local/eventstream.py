"""AWS's event stream encoding, as far as an endpoint's streamed answer needs it.

https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream describes it.
"""

import struct
import zlib

MEDIA_TYPE = b"application/vnd.amazon.eventstream"
MOST_BYTES = 1 << 16
"""The bytes of the answer in one event."""

_TEXT = 7
_HEADERS = {":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream"}


def payload_parts(body: bytes) -> bytes:
    """Return an answer's bytes as `PayloadPart` events."""
    return b"".join(_event(body[start : start + MOST_BYTES]) for start in range(0, len(body), MOST_BYTES))


def _event(payload: bytes) -> bytes:
    headers = b"".join(_header(name.encode(), value.encode()) for name, value in _HEADERS.items())
    sizes = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = b"".join((sizes, _checksum(sizes), headers, payload))
    return message + _checksum(message)


def _header(name: bytes, value: bytes) -> bytes:
    return struct.pack(f">B{len(name)}sBH", len(name), name, _TEXT, len(value)) + value


def _checksum(content: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(content))
