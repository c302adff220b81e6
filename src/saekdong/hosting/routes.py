"""The routes that SageMaker, Google's clients and Prometheus call: plain Starlette, for speed."""

from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from saekdong.hosting import metrics
from saekdong.hosting.annotate import AnnotateError, annotate
from saekdong.hosting.bodies import parse_json, to_json
from saekdong.hosting.errors import RequestError
from saekdong.hosting.models import Models, asked_of
from saekdong.hosting.service import JSON, Service
from saekdong.hosting.threads import Threads
from saekdong.hosting.traffic import Traffic

MOST_BODY = 25 << 20
QUICK_BODY = 1 << 14
"""Bodies of colors up to this size are answered on the event loop: within a few milliseconds."""

_CUSTOM = "X-Amzn-SageMaker-Custom-Attributes"


class Routes:
    """Answers the routes: in threads what takes a while, on the event loop the rest."""

    def __init__(self, threads: Threads, traffic: Traffic) -> None:
        self._threads = threads
        self._traffic = traffic

    def table(self, service: Service | Models) -> list[Route]:
        """Return the routes of a service, or of several models; those called most often first."""
        return [
            *(self._of_models(service) if isinstance(service, Models) else self._of_one(service)),
            Route("/ping", self._ping, methods=["GET"]),
            Route("/v1/images:annotate", self._images, methods=["POST"]),
            Route("/execution-parameters", self._parameters, methods=["GET"]),
            Route("/metrics", self._metrics, methods=["GET"]),
        ]

    def _of_one(self, service: Service) -> list[Route]:
        metrics.MODELS.set(1)
        return [Route("/invocations", partial(self._invoke, service), methods=["POST"])]

    def _of_models(self, models: Models) -> list[Route]:
        one = "/models/{name}"
        return [
            Route(f"{one}/invoke", partial(self._invoke_model, models), methods=["POST"]),
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
        return Response(metrics.expose(), headers={"Content-Type": metrics.MEDIA_TYPE})

    async def _invoke(self, service: Service, request: Request) -> Response:
        body = await _body(request)
        headers = request.headers
        given = headers.get("content-type", "")
        work = partial(service.answer, body, given, headers.get("accept", ""))
        slow = len(body) > QUICK_BODY or service.is_photo(given)
        answer = await self._threads.run(work, request) if slow else work()
        if answer.colors:
            metrics.COLORS.inc(answer.colors)
        custom = headers.get(_CUSTOM)
        return Response(
            answer.body, media_type=answer.media_type, headers={_CUSTOM: custom} if custom is not None else None
        )

    async def _images(self, request: Request) -> Response:
        content = await _body(request)
        try:
            answer = await self._threads.run(lambda: annotate(_google_json(content)), request)
        except AnnotateError as error:
            return Response(to_json(error.to_json()), 400, media_type=JSON)
        return _json(answer)

    async def _invoke_model(self, models: Models, request: Request) -> Response:
        return await self._invoke(models[request.path_params["name"]].service, request)

    async def _show_model(self, models: Models, request: Request) -> Response:
        return _json(models[request.path_params["name"]].to_json())

    async def _unload_model(self, models: Models, request: Request) -> Response:
        models.unload(request.path_params["name"])
        return Response()

    async def _list_models(self, models: Models, request: Request) -> Response:
        return _json(models.page(request.query_params.get("next_page_token", "")))

    async def _load_model(self, models: Models, request: Request) -> Response:
        name, url = asked_of(parse_json(await _body(request)))
        await self._threads.run(partial(models.load, name, url), request)
        return Response()


def _json(content: Any) -> Response:
    return Response(to_json(content), media_type=JSON)


def _google_json(body: bytes) -> Any:
    try:
        return parse_json(body)
    except RequestError as error:
        raise AnnotateError(error.message) from error


async def _body(request: Request) -> bytes:
    """Read the body, at most 25 MB.

    Raises:
        RequestError: 413, it is larger; 400, the client went away.
    """
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > MOST_BODY:
        raise _too_large()
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BODY:
                raise _too_large()
            parts.append(part)
    except ClientDisconnect as error:
        raise RequestError(400, "disconnected", "the request ended before its body") from error
    return b"".join(parts)


def _too_large() -> RequestError:
    return RequestError(413, "too-large", f"the body is larger than {MOST_BODY >> 20} MB")
