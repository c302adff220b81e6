"""The color filter as a web component, which shops put into their own pages: one file, `saekdong-filter.js`."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

SCRIPT = Path(__file__).parent / "saekdong-filter.js"

_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=3600",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def embed_routes() -> list[Route]:
    """Return the route of the component's script; pages of any site may load it."""
    return [Route(f"/embed/{SCRIPT.name}", _script)]


def _script(_: Request) -> Response:
    return FileResponse(SCRIPT, media_type="text/javascript", headers=_HEADERS)
