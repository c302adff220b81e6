"""SageMaker's runtime API as clients see it: what a local endpoint refuses, and the errors of its operations.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html,
API_runtime_InvokeEndpointWithResponseStream.html and API_runtime_InvokeEndpointAsync.html there. AWS publishes the
constraints of the parameters, not the texts of the errors; those for unknown endpoints and for TargetModel are the
service's own, as its users report them.
"""

import json
import re
from typing import NamedTuple

from saekdong.deploy.local import eventstream
from saekdong.deploy.local.backend import BackendResponse, Headers

PATH = re.compile(r"/endpoints/([^/]*)/(invocations|invocations-response-stream|async-invocations)")
ONCE, STREAM, ASYNC = "invocations", "invocations-response-stream", "async-invocations"
"""The ends of the paths of InvokeEndpoint, InvokeEndpointWithResponseStream and InvokeEndpointAsync."""

MOST_BODY = 6_291_456
"""The largest body in bytes by the API reference; the address itself accepts more."""

VARIANT = "AllTraffic"
_ACCEPT, _CONTENT_TYPE = b"accept", b"content-type"
_STREAM_ACCEPT, _STREAM_CONTENT_TYPE = b"x-amzn-sagemaker-accept", b"x-amzn-sagemaker-content-type"
_MOST_TOLD = 4096


class _Constraint(NamedTuple):
    """A parameter: its name in messages, its header, its longest value, its pattern, whether its value is secret."""

    member: str
    header: bytes
    most: int
    pattern: str = ""
    secret: bool = False


_NAME = "[a-zA-Z0-9](-*[a-zA-Z0-9])*"
_CONSTRAINTS = (
    _Constraint("contentType", _CONTENT_TYPE, 1024),
    _Constraint("accept", _ACCEPT, 1024),
    _Constraint("accept", _STREAM_ACCEPT, 1024),
    _Constraint("customAttributes", b"x-amzn-sagemaker-custom-attributes", 1024, secret=True),
    _Constraint("inferenceId", b"x-amzn-sagemaker-inference-id", 64),
    _Constraint("targetModel", b"x-amzn-sagemaker-target-model", 1024),
    _Constraint("targetVariant", b"x-amzn-sagemaker-target-variant", 63, _NAME),
    _Constraint("targetContainerHostname", b"x-amzn-sagemaker-target-container-hostname", 63, _NAME),
    _Constraint("inferenceComponentName", b"x-amzn-sagemaker-inference-component", 63, _NAME),
    _Constraint("enableExplanations", b"x-amzn-sagemaker-enable-explanations", 64),
    _Constraint("sessionId", b"x-amzn-sagemaker-session-id", 256, f"(NEW_SESSION)|{_NAME}"),
)
TOO_LARGE = f"Value at 'body' failed to satisfy constraint: Member must have length less than or equal to {MOST_BODY}"
_ENDPOINT_NAME = _Constraint("endpointName", b"", 63, _NAME)
_NO_MODELS = "TARGET_MODEL_HEADER_NOT_SUPPORTED"


def check_parameters(name: str, headers: Headers, size: int) -> BackendResponse | None:
    """Return the error for parameters that are invalid by themselves, or None.

    Args:
        name: the endpoint's name, which need not exist.
        headers: the request's, with names in lower case.
        size: the bytes of the body.
    """
    values = [(_ENDPOINT_NAME, name), *_parameters(headers).items()]
    broken = [text for constraint, value in values for text in _broken(constraint, value)]
    broken += [TOO_LARGE] if size > MOST_BODY else []
    if not broken:
        return None
    return constraint_error(*broken)


def check_support(name: str, operation: str, headers: Headers) -> BackendResponse | None:
    """Return the error for features that a local endpoint, one model in one container, does not have, or None."""
    given = {constraint.member: value for constraint, value in _parameters(headers).items()}
    if operation == ASYNC:
        return validation_error(
            f"Endpoint {name} has no AsyncInferenceConfig and does not support InvokeEndpointAsync."
        )
    if "targetModel" in given:
        message = f"Endpoint {name} is not a multi-model endpoint and does not support target model header."
        return validation_error(message, _NO_MODELS)
    if given.get("targetVariant", VARIANT) != VARIANT:
        return validation_error(f"Endpoint {name} has no variant {given['targetVariant']}; its only one is {VARIANT}.")
    lacks = {
        "targetContainerHostname": "is not a multi-container endpoint and does not support target container hostname",
        "inferenceComponentName": "has no inference components and does not support inference component",
        "enableExplanations": "has no ExplainerConfig and does not support enable explanations",
        "sessionId": "has no stateful sessions and does not support session id",
    }
    for member, why in lacks.items():
        if member in given:
            return validation_error(f"Endpoint {name} {why} header.")
    return None


def passed_headers(operation: str, headers: Headers) -> Headers:
    """Return a request's headers as the service gets them: InvokeEndpointWithResponseStream has its own for Accept."""
    if operation != STREAM:
        return headers
    others = [(key, value) for key, value in headers if key not in (_ACCEPT, _STREAM_ACCEPT)]
    return [*others, *((_ACCEPT, value) for key, value in headers if key == _STREAM_ACCEPT)]


def answer_of(name: str, operation: str, answer: BackendResponse) -> BackendResponse:
    """Return a service's response as SageMaker forwards it; an error becomes a ModelError, a streamed answer events."""
    if answer.status < 400:
        variant = (b"x-amzn-invoked-production-variant", VARIANT.encode())
        passed = BackendResponse(answer.status, [*answer.headers, variant], answer.body)
        return _streamed(passed) if operation == STREAM else passed
    original = answer.body[:_MOST_TOLD].decode("utf-8", "replace")
    whose = "client" if answer.status < 500 else "server"
    return model_error(
        name,
        answer.status,
        original,
        f'Received {whose} error ({answer.status}) from primary with message "{original}".',
    )


def _streamed(answer: BackendResponse) -> BackendResponse:
    kind = next((value for key, value in answer.headers if key.lower() == _CONTENT_TYPE), b"")
    others = [(key, value) for key, value in answer.headers if key.lower() != _CONTENT_TYPE]
    headers = [*others, (_CONTENT_TYPE, eventstream.MEDIA_TYPE), (_STREAM_CONTENT_TYPE, kind)]
    return BackendResponse(answer.status, headers, eventstream.payload_parts(answer.body))


def not_found(name: str) -> BackendResponse:
    """Return the error for an endpoint that does not exist."""
    return validation_error(f"Endpoint {name} of account 000000000000 not found.")


def constraint_error(*broken: str) -> BackendResponse:
    """Return the error for a request that violates constraints."""
    return validation_error(f"{len(broken)} validation error{'s' * (len(broken) > 1)} detected: {'; '.join(broken)}")


def validation_error(message: str, code: str = "ValidationError") -> BackendResponse:
    """Return the error for a request that is invalid by itself."""
    return _error(400, "ValidationError", {"ErrorCode": code, "Message": message})


def runtime_refusal(name: str, status: int, message: str) -> BackendResponse:
    """Return, in SageMaker's shape, why a request did not reach the service or got no response from it."""
    if status == 413:
        return constraint_error(TOO_LARGE)
    if status == 503:
        return _error(503, "ServiceUnavailable", {"ErrorCode": "ServiceUnavailable", "Message": message})
    return model_error(name, status, message, "No response from container primary.")


def model_error(name: str, status: int, original: str, message: str) -> BackendResponse:
    """Return the error for a fault of the service, not of the request's way to it."""
    content = {
        "ErrorCode": "ModelError",
        "Message": f"{message} See 'saekdong logs {name}'.",
        "OriginalMessage": original,
        "OriginalStatusCode": status,
        "LogStreamArn": f"arn:aws:logs:local:000000000000:log-group:/aws/sagemaker/Endpoints/{name}",
    }
    return _error(424, "ModelError", content)


def _parameters(headers: Headers) -> dict[_Constraint, str]:
    given = dict(headers)
    return {each: given[each.header].decode("latin-1") for each in _CONSTRAINTS if each.header in given}


def _broken(constraint: _Constraint, value: str) -> list[str]:
    """Return, in the service's words, which constraints a parameter violates."""
    shown = "" if constraint.secret else f" '{value}'"
    unmet = []
    if len(value) > constraint.most:
        unmet.append(f"Member must have length less than or equal to {constraint.most}")
    if constraint.pattern and not re.fullmatch(constraint.pattern, value):
        unmet.append(f"Member must satisfy regular expression pattern: ^{constraint.pattern}$")
    return [f"Value{shown} at '{constraint.member}' failed to satisfy constraint: {rule}" for rule in unmet]


def _error(status: int, kind: str, content: dict[str, object]) -> BackendResponse:
    headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", kind.encode())]
    return BackendResponse(status, headers, json.dumps(content, ensure_ascii=False).encode())
