"""The routes that SageMaker, Google's clients and Prometheus call: plain Starlette, for speed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from prometheus_client import Metric
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from saekdong.entrance.bounds import MOST_BODY
from saekdong.entrance.errors import RequestError
from saekdong.serving import metrics
from saekdong.serving.bodies import parse_json, to_json
from saekdong.serving.media_types import JSON, media_type
from saekdong.serving.middleware import HEADERS, ID
from saekdong.serving.models import Models, asked_of
from saekdong.serving.service import Service
from saekdong.serving.shared import Shared
from saekdong.serving.vision import rest

QUICK_BODY = 1 << 10
"""Bodies of colors up to this size are answered on the event loop: within a millisecond."""

CUSTOM = b"x-amzn-sagemaker-custom-attributes"
"""A header that is sent back."""


class Routes:
    """Answers the routes: in threads what takes a while, on the event loop the rest."""

    def __init__(self, shared: Shared, figures: Callable[[], Iterable[Metric]] | None = None) -> None:
        self._figures = figures
        self._threads = shared.threads
        self._traffic = shared.traffic
        self._request_log = shared.request_log
        self._sinks = shared.sinks

    def table(self, service: Service | Models) -> list[Route]:
        """Return the routes of a service, or of several models; those called most often first."""
        return [
            *(self._of_models(service) if isinstance(service, Models) else self._of_one(service)),
            Route("/ping", self._ping, methods=["GET"]),
            *(Route(path, self._images, methods=["POST"]) for path in rest.PATHS),
            Route("/execution-parameters", self._parameters, methods=["GET"]),
            Route("/metrics", self._metrics, methods=["GET"]),
        ]

    def _of_one(self, service: Service) -> list[Route]:
        metrics.MODELS.set(1)
        return [Route("/invocations", Asgi(partial(self._invoke, service)), methods=["POST"])]

    def _of_models(self, models: Models) -> list[Route]:
        one = "/models/{name}"
        return [
            Route(f"{one}/invoke", Asgi(partial(self._invoke_model, models)), methods=["POST"]),
            Route(one, partial(self._show_model, models), methods=["GET"]),
            Route(one, partial(self._unload_model, models), methods=["DELETE"]),
            Route("/models", partial(self._list_models, models), methods=["GET"]),
            Route("/models", partial(self._load_model, models), methods=["POST"]),
        ]

    async def _ping(self, _: Request) -> Response:
        return Response(status_code=200 if self._traffic.welcome else 503)

    async def _parameters(self, _: Request) -> Response:
        return _json({"MaxConcurrentTransforms": 4, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6})

    async def _metrics(self, _: Request) -> Response:
        self._request_log.write()
        content = await asyncio.to_thread(metrics.expose, self._figures) if self._figures else metrics.expose()
        return Response(content, headers={"Content-Type": metrics.MEDIA_TYPE})

    async def _invoke(self, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope[HEADERS]
        body = await _body(headers, receive)
        given = headers.get(b"content-type", b"").decode("latin-1")
        accept = headers.get(b"accept", b"").decode("latin-1")
        if len(body) > QUICK_BODY or service.is_photo(given, body):
            reply = await self._threads.run(partial(service.answer, body, given, accept), receive)
        else:
            reply = service.answer(body, given, accept)
        answer_headers = [
            (b"content-type", reply.media_type.encode()),
            (b"content-length", b"%d" % len(reply.body)),
            service.model_header,
        ]
        if CUSTOM in headers:
            answer_headers.append((CUSTOM, headers[CUSTOM]))
        await send({"type": "http.response.start", "status": 200, "headers": answer_headers})
        await send({"type": "http.response.body", "body": reply.body})
        for sink in self._sinks:
            sink.take(scope[ID], body, reply)

    async def _images(self, request: Request) -> Response:
        body = await _body(request.scope[HEADERS], request.receive)
        fields = rest.fields_of(request.query_params, request.headers)
        answer = await self._threads.run(partial(rest.answer, body, fields), request.receive)
        return Response(answer, media_type=JSON)

    async def _invoke_model(self, models: Models, scope: Scope, receive: Receive, send: Send) -> None:
        await self._invoke(models[scope["path_params"]["name"]].service, scope, receive, send)

    async def _show_model(self, models: Models, request: Request) -> Response:
        return _json(models[request.path_params["name"]].to_json())

    async def _unload_model(self, models: Models, request: Request) -> Response:
        models.unload(request.path_params["name"])
        return Response()

    async def _list_models(self, models: Models, request: Request) -> Response:
        return _json(models.page(request.query_params.get("next_page_token", "")))

    async def _load_model(self, models: Models, request: Request) -> Response:
        if media_type(request.headers.get("content-type", "")) != JSON:
            raise RequestError(415, "unsupported-type", f"send the model's name and place as {JSON}")
        name, url = asked_of(parse_json(await _body(request.scope[HEADERS], request.receive)))
        await self._threads.run(partial(models.load, name, url), request.receive)
        return Response()


class Asgi:
    """An endpoint that Starlette's Route hands scope, receive and send, without a Request and a Response about them.

    Args:
        app: what is called.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Call the app."""
        return self.app(scope, receive, send)


def _json(content: Any) -> Response:
    return Response(to_json(content), media_type=JSON)


async def _body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """Read the body, at most 25 MB.

    Raises:
        RequestError: 413, it is larger; 400, the client went away.
    """
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > MOST_BODY:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError(400, "disconnected", "the request ended before its body")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MOST_BODY:
            raise _too_large()
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_large() -> RequestError:
    return RequestError(413, "too-large", f"the body is larger than {MOST_BODY >> 20} MB")
