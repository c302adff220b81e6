"""Invoke an endpoint: directly, or through the bucket if it is asynchronous."""

import json
import secrets
from typing import Any

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.bucket import fetch, upload
from saekdong.deploy.aws.refusals import aws_refusal, code
from saekdong.errors import SaekdongError

_JSON = "application/json"
_SMOKE = b'{"r": 73, "g": 84, "b": 116}'
_ATTEMPTS = 3


class InvocationError(SaekdongError):
    """An endpoint answered with an error."""

    exit_code = 1


def invoke(account: Account, name: str, mode: str, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
    """Send a request to an endpoint; return the answer and its media type.

    Args:
        account: the account of the endpoint.
        name: the endpoint's.
        mode: the value of `Hosting.mode`.
        body: the request's body.
        content_type: its media type.
        accept: the wanted media type of the answer.

    Raises:
        InvocationError: the container returned an error, which the message quotes.
        SaekdongError: there is no such endpoint.
    """
    from botocore.exceptions import ClientError

    try:
        if mode == "async":
            return _ask_later(account, name, body, content_type, accept), accept
        answer = account.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=name, Body=body, ContentType=content_type, Accept=accept
        )
        return answer["Body"].read(), answer["ContentType"]
    except ClientError as error:
        raise _refused(name, error) from error


def check_naming(account: Account, name: str, mode: str) -> None:
    """Send one color, and raise unless the answer names it.

    Raises:
        InvocationError: the answer is not a label.
    """
    for attempt in range(_ATTEMPTS):
        try:
            answer, _ = invoke(account, name, mode, _SMOKE, _JSON, _JSON)
            break
        except InvocationError:
            # The first request to a serverless endpoint may arrive before it has started.
            if attempt == _ATTEMPTS - 1:
                raise
    try:
        named = "label" in json.loads(answer)
    except (ValueError, TypeError):
        named = False
    if not named:
        raise InvocationError(
            f"the endpoint {name} does not name colors: it answered {answer[:100]!r}",
            fix="deploy an image made by 'saekdong image build'",
        )


def _ask_later(account: Account, name: str, body: bytes, content_type: str, accept: str) -> bytes:
    request = upload(account, f"async/{name}/in/{secrets.token_hex(8)}", body)
    answer = account.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName=name, InputLocation=request, ContentType=content_type, Accept=accept
    )

    def look() -> tuple[bytes | None, bytes | None]:
        failure = answer.get("FailureLocation")
        return fetch(account, answer["OutputLocation"]), fetch(account, failure) if failure else None

    content, failure = account.patience.wait(f"the answer of {name}", look, lambda seen: seen != (None, None))
    if content is None:
        raise InvocationError(f"the endpoint {name} failed: {(failure or b'')[:400].decode(errors='replace')}")
    return content


def _refused(name: str, error: Any) -> SaekdongError:
    if code(error) == "ModelError":
        reason = " ".join(str(error.response.get("OriginalMessage") or error).split())[:400]
        status = error.response.get("OriginalStatusCode", "an error")
        return InvocationError(
            f"the endpoint {name} answered {status}: {reason}", fix=f"saekdong logs {name} --on sagemaker"
        )
    if code(error).startswith("Validation") and "not found" in str(error):
        return SaekdongError(f"there is no endpoint {name}", fix="'saekdong status --on sagemaker' lists them")
    return aws_refusal(error)
