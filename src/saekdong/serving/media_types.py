"""Media types of requests and answers, and the choice by an Accept header."""

from saekdong.entrance.errors import RequestError

JSON, LINES, CSV, NPY = "application/json", "application/jsonlines", "text/csv", "application/x-npy"
LINES_NAMES = (LINES, "application/x-jsonlines", "application/x-ndjson")


def media_type(header: str) -> str:
    """Return a Content-Type's media type, without its parameters."""
    return header.partition(";")[0].strip().lower()


def accepted(accept: str, offers: tuple[str, ...]) -> str:
    """Return the first offered media type that the Accept header takes; no header takes all.

    Raises:
        RequestError: 406, it takes none.
    """
    if not accept or accept == offers[0]:
        return offers[0]
    for each in [media_type(part) for part in accept.split(",") if part.strip()] or ["*/*"]:
        for kind in offers:
            if each in (kind, "*/*", f"{kind.partition('/')[0]}/*"):
                return kind
    raise RequestError(406, "not-acceptable", f"the answer is {' or '.join(offers)}, not {accept.strip()[:80]}")
