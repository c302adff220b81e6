"""SageMaker's runtime API as its clients see it: the errors of `InvokeEndpoint`.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

import json
import re

from saekdong.hosting.local.backend import Answer

PATH = re.compile(r"/endpoints/([^/]*)/invocations")
TARGET_MODEL = b"x-amzn-sagemaker-target-model"
VARIANT = (b"x-amzn-invoked-production-variant", b"AllTraffic")
_MOST_TOLD = 4096


def not_found(name: str) -> Answer:
    """Refuse: there is no such endpoint."""
    return validation_error(f"Endpoint {name} of account 000000000000 not found.")


def validation_error(message: str) -> Answer:
    """Refuse a request that is wrong in itself."""
    return _error(400, "ValidationError", {"Message": message})


def refusal(name: str, status: int, message: str) -> Answer:
    """Tell in SageMaker's shape why a request did not reach the service, or got no answer from it."""
    if status == 413:
        return validation_error(message)
    if status == 503:
        return _error(503, "ServiceUnavailable", {"Message": message})
    return model_error(name, status, message, "No response from container primary.")


def answer_of(name: str, answer: Answer) -> Answer:
    """Return a service's answer as SageMaker passes it on: what is not 200 becomes a ModelError."""
    if answer.status < 400:
        return Answer(answer.status, [*answer.headers, VARIANT], answer.body)
    original = answer.body[:_MOST_TOLD].decode("utf-8", "replace")
    whose = "client" if answer.status < 500 else "server"
    return model_error(
        name,
        answer.status,
        original,
        f'Received {whose} error ({answer.status}) from primary with message "{original}".',
    )


def model_error(name: str, status: int, original: str, message: str) -> Answer:
    """Tell that the service, not the request's way to it, is at fault."""
    log = f"arn:aws:logs:local:000000000000:log-group:/aws/sagemaker/Endpoints/{name}"
    content = {
        "Message": f"{message} See 'saekdong logs {name}'.",
        "OriginalMessage": original,
        "OriginalStatusCode": status,
        "LogStreamArn": log,
    }
    return _error(424, "ModelError", content)


def _error(status: int, kind: str, content: dict[str, object]) -> Answer:
    headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", kind.encode())]
    return Answer(status, headers, json.dumps({"ErrorCode": kind, **content}, ensure_ascii=False).encode())
