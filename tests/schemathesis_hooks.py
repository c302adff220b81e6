"""What schemathesis needs to know to send the service's bodies; named in schemathesis.toml."""

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/jsonlines")
def lines(_: object, value: Any) -> bytes:
    """Send lines as they are, and what is not lines as a line."""
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()
