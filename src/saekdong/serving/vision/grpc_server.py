"""Vision's gRPC API, on a port of its own, and gRPC's health service beside it; needs the extra `google`.

https://cloud.google.com/vision/docs/reference/rpc/google.cloud.vision.v1 and
https://github.com/grpc/grpc/blob/master/doc/health-checking.md
"""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import grpc
from google.cloud.vision_v1.types import BatchAnnotateImagesRequest, BatchAnnotateImagesResponse
from google.protobuf.json_format import ParseDict
from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2, health_pb2_grpc

from saekdong.entrance.bounds import MOST_BODY
from saekdong.entrance.errors import RequestError
from saekdong.serving.logs import logger
from saekdong.serving.middleware import REQUEST_ID, RequestIds
from saekdong.serving.shared import Shared
from saekdong.serving.vision.annotate import VERSIONS, Feature, ImageRequest, annotate
from saekdong.serving.vision.field_mask import masked
from saekdong.serving.vision.protobuf_json import invalid

"""Bytes of a request, as over HTTP."""

_MORE, _MOST_AGE = 16, 60_000
_METHOD = "BatchAnnotateImages"
_SERVICES = tuple(f"google.cloud.vision.{version}.ImageAnnotator" for version in VERSIONS)
_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    503: grpc.StatusCode.UNAVAILABLE,
}


class GrpcServer:
    """Answers `BatchAnnotateImages`, with the threads, the log and the counts that HTTP has."""

    def __init__(self, host: str, port: int, shared: Shared, *, several: bool) -> None:
        """Listen on an address; requests are taken from `start` on.

        Args:
            host: the address to listen on.
            port: the port to listen on.
            shared: what is shared with HTTP.
            several: whether other processes listen on the same port.
        """
        self._shared, self._ids = shared, RequestIds()
        options = [
            ("grpc.max_receive_message_length", MOST_BODY),
            ("grpc.so_reuseport", int(several)),
            # A request that never ends does not keep its memory for longer than both together.
            ("grpc.max_connection_age_ms", _MOST_AGE),
            ("grpc.max_connection_age_grace_ms", _MOST_AGE),
        ]
        self._server = grpc.aio.server(options=options, maximum_concurrent_rpcs=shared.threads.most + _MORE)
        for service in _SERVICES:
            route = f"/{service}/{_METHOD}"
            # Without a deserializer a request stays bytes, and is parsed in a thread, not on the event loop.
            handler = grpc.unary_unary_rpc_method_handler(partial(self._annotate, route))
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {_METHOD: handler}),))
        health_pb2_grpc.add_HealthServicer_to_server(_Health(shared), self._server)
        self._server.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

    async def start(self) -> None:
        """Take requests."""
        await self._server.start()

    async def stop(self, seconds: float) -> None:
        """Take no more requests, and give those in flight `seconds` to be finished."""
        await self._server.stop(seconds)

    async def _annotate(self, route: str, body: bytes, context: grpc.aio.ServicerContext) -> bytes:
        """Answer a request; it is counted and logged as one over HTTP."""
        begun, status, metadata = time.perf_counter(), 500, context.invocation_metadata() or ()
        request_id = self._ids.of({key.encode(): _bytes(value) for key, value in metadata})
        context.set_trailing_metadata(((REQUEST_ID.decode(), request_id.decode()),))
        self._shared.traffic.in_flight += 1
        try:
            result = await self._answer(body, dict(metadata))
            status = 200
            return result
        except RequestError as error:
            status = error.status
            await context.abort(_CODES.get(status, grpc.StatusCode.INTERNAL), error.message)
        except asyncio.CancelledError:
            status = 499
            raise
        except Exception:
            logger.exception("a request failed", extra={"fields": {"request_id": request_id.decode()}})
            await context.abort(grpc.StatusCode.INTERNAL, "the service failed")
        finally:
            self._shared.traffic.in_flight -= 1
            seconds = time.perf_counter() - begun
            self._shared.request_log.add((time.time(), request_id.decode(), "POST", route, status, seconds))
        raise AssertionError("abort raises")

    async def _answer(self, body: bytes, metadata: Mapping[str, str | bytes]) -> bytes:
        fields = str(metadata.get("x-goog-fieldmask", ""))
        # A client that leaves cancels this coroutine; nothing else reports it.
        return await self._shared.threads.run(partial(answer, body, fields), asyncio.Event().wait)


class _Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]
    """Says what `/ping` says. `Watch` is not offered; clients then do without it, as gRPC's document wants."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def Check(self, request: Any, context: grpc.aio.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        if request.service not in ("", *_SERVICES):
            await context.abort(grpc.StatusCode.NOT_FOUND, f"there is no service {request.service[:80]}")
        answers = health_pb2.HealthCheckResponse
        return answers(status=answers.SERVING if self._shared.traffic.welcome else answers.NOT_SERVING)


def answer(body: bytes, fields: str) -> bytes:
    """Answer a serialized `BatchAnnotateImagesRequest`.

    Args:
        body: the request.
        fields: the parts of the answer that are wanted; all of it for an empty text.

    Raises:
        RequestError: 400.
    """
    try:
        batch = BatchAnnotateImagesRequest.pb().FromString(body)
    except DecodeError as error:
        raise invalid("The request is not a BatchAnnotateImagesRequest.") from error
    content = masked(annotate([_request(each) for each in batch.requests]), fields)
    serialized: bytes = ParseDict(content, BatchAnnotateImagesResponse.pb()()).SerializeToString()
    return serialized


def _request(message: Any) -> ImageRequest:
    source = message.image.source
    features = [Feature(each.type_, each.max_results) for each in message.features]
    return ImageRequest(message.image.content, source.image_uri or source.gcs_image_uri, features)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
