"""The response header that names the model: `X-Saekdong-Model`, on every response that a model's answer is in."""

from typing import Any

from saekdong.model.identity import ModelId

NAME = "X-Saekdong-Model"
DESCRIBED: dict[str, Any] = {
    NAME: {
        "description": "the id of the model that answered: 64 hexadecimal digits; `saekdong status` shows the first 8",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    }
}
"""The header in OpenAPI's words, as a response's `headers`."""


def model_header(model: ModelId) -> tuple[bytes, bytes]:
    """Return the header as ASGI sends it."""
    return NAME.lower().encode(), model.encode()
