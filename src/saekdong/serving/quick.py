"""Answer small requests for colors at once, in the turn of the event loop that received them.

A task, ASGI's messages and the calls between them take as long as naming a color. Whatever is unusual about a request
is left to the app, which answers the same: its body, its headers, an error.
"""

import time
from typing import TYPE_CHECKING

from saekdong.entrance.sites import Sites
from saekdong.serving.middleware import RequestIds
from saekdong.serving.routes import CUSTOM, QUICK_BODY
from saekdong.serving.service import Service
from saekdong.serving.shared import Shared

if TYPE_CHECKING:
    from saekdong.entrance.connection import Cycle

_ROUTE = "/invocations"


class QuickAnswers:
    """Answers what takes less than a millisecond: small bodies of colors for `/invocations`.

    Args:
        service: what answers.
        shared: the log and the sinks.
        sites: whose pages may use the service; None for all.
        ids: gives each request its id.
    """

    def __init__(self, service: Service, shared: Shared, sites: Sites | None, ids: RequestIds) -> None:
        self._service, self._sites, self._ids = service, sites, ids
        self._request_log, self._sinks = shared.request_log, shared.sinks

    def __call__(self, cycle: "Cycle") -> bool:
        """Answer a request whose body has arrived; return False if the app must do it."""
        scope, body, service = cycle.scope, bytes(cycle.body), self._service
        if len(body) > QUICK_BODY or scope["path"] != _ROUTE or scope["method"] != "POST":
            return False
        begun, headers = time.perf_counter(), dict(scope["headers"])
        given = headers.get(b"content-type", b"").decode("latin-1")
        if CUSTOM in headers or service.is_photo(given, body):
            return False
        try:
            if self._sites:
                self._sites.check("POST", headers)
            reply = service.answer(body, given, headers.get(b"accept", b"").decode("latin-1"))
        except Exception:  # the app meets it again, and reports it
            return False
        request_id = self._ids.of(headers)
        cycle.answer(b"%bx-request-id: %b\r\n" % (service.heads[reply.media_type], request_id), reply.body)
        for sink in self._sinks:
            sink.take(request_id, body, reply)
        now = time.perf_counter()
        self._request_log.add((time.time(), request_id.decode(), "POST", _ROUTE, 200, now - begun))
        return True
