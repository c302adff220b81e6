"""A service with a catalog's API in a thread of this process, so that tests see its store."""

import threading
import time
from collections.abc import Iterator

import httpx
import uvicorn

from ports import free_port
from saekdong.serving.app import build_app
from saekdong.serving.service import Service
from saekdong.tagging import starter
from saekdong.web.api import CatalogApi


def serve(catalog: CatalogApi) -> Iterator[httpx.Client]:
    port = free_port()
    app = build_app(Service(starter()), mount=catalog)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    bearing = {"Authorization": f"Bearer {catalog.token or None}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, headers=bearing) as client:
        yield client
    server.should_exit = True
    thread.join()
