"""A Starlette app that does nothing, on the service's own uvicorn settings: `python benchmarks/bare.py PORT`.

With `gathering` as second argument, it sends its answers as the service does, at the end of the event loop's turn.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from saekdong.entrance.gathering import GatheringProtocol


async def ping(_: Request) -> Response:
    """Answer with nothing."""
    return Response()


app = Starlette(routes=[Route("/ping", ping)])
if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="none",
        http=GatheringProtocol if sys.argv[2:] == ["gathering"] else "auto",
    )
