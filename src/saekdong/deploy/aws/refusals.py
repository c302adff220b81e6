"""AWS errors as messages, each with its fix."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from saekdong.deploy.aws.propagation import transient
from saekdong.errors import SaekdongError
from saekdong.extras import missing_extra

_MISSING_CODES = {
    "404",
    "ImageNotFoundException",
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchKey",
    "ObjectNotFoundException",
    "RepositoryNotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
}
# SageMaker uses ValidationException for a missing resource, too.
_MISSING_WORDS = re.compile(r"could not find|does not exist|RecordNotFound|not found", re.IGNORECASE)
_NO_ENTRY = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_CLOCK = {"RequestTimeTooSkewed", "RequestExpired"}
_BUSY = re.compile(r"throttl|TooManyRequests|SlowDown|RequestLimitExceeded", re.IGNORECASE)
_DENIED = re.compile(r"not authorized to perform: (?P<action>[\w-]+:\w+)(?:.*? on resource: (?P<resource>\S+))?")
_TAKEN = re.compile(r"AlreadyOwnedByYou|already ?exist", re.IGNORECASE)
_MOST_WORDS = 500
# A proxy in between answers with its own HTML page, which botocore quotes whole.
_PAGE = re.compile(r"\s*:?\s*b?['\"]?\s*<(?:!doctype|html)\b.*", re.IGNORECASE | re.DOTALL)


@contextmanager
def aws_errors() -> Iterator[None]:
    """Turn botocore's errors in the block into errors that the user can fix.

    Raises:
        SaekdongError: AWS refuses the request, cannot be reached, or boto3 is not installed.
    """
    try:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError
    except ImportError as error:
        raise missing_boto3() from error

    try:
        yield
    except ClientError as error:
        raise aws_refusal(error) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise SaekdongError(
            f"AWS cannot be asked: {_words(error)}", fix="check the network, the region and the credentials"
        ) from error


def missing_boto3() -> SaekdongError:
    """Return the error of a command that needs the extra `aws`."""
    return missing_extra("aws", "AWS needs boto3")


def code(error: Any) -> str:
    """Return the code of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_missing(error: Any) -> bool:
    """Return whether a ClientError says that the requested resource does not exist."""
    return code(error) in _MISSING_CODES or (
        code(error).startswith("Validation") and bool(_MISSING_WORDS.search(str(error)))
    )


def is_taken(error: Any) -> bool:
    """Return whether a ClientError says that the new resource already exists."""
    return bool(_TAKEN.search(f"{code(error)} {error}"))


def is_denied(error: Any) -> bool:
    """Return whether a ClientError says that the caller is not allowed."""
    return code(error) in ("AccessDenied", "AccessDeniedException", "403", "UnauthorizedOperation")


def aws_refusal(error: Any) -> SaekdongError:
    """Return a ClientError as an error of Saekdong, with the policy statement or command that fixes it."""
    words = _words(error)
    if found := transient(error.operation_name, error.response.get("Error", {})):
        return SaekdongError(f"AWS still refuses: {words}", fix=found.fix)
    if is_denied(error):
        return SaekdongError(f"AWS does not allow it: {words}", fix=_allow(error))
    if code(error) in _CLOCK:
        return SaekdongError(
            f"AWS does not accept this machine's clock: {words}", fix="set it: timedatectl set-ntp true"
        )
    if code(error) in _NO_ENTRY:
        return SaekdongError(f"AWS does not know the credentials: {words}", fix="sign in again, or give --profile")
    if code(error) in ("ResourceLimitExceeded", "LimitExceededException", "ServiceQuotaExceededException"):
        return SaekdongError(
            f"a quota is used up: {words}", fix="'saekdong doctor' names it and the command that raises it"
        )
    if _BUSY.search(code(error)) or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return SaekdongError(f"AWS is busy: {words}", fix="run it again; it goes on where it stopped")
    return SaekdongError(f"AWS refused: {words}")


def statement(actions: list[str], resources: list[str], condition: Mapping[str, str] | None = None) -> str:
    """Return the policy statement that allows actions on resources, as JSON.

    Args:
        actions: such as `s3:GetObject`.
        resources: their ARNs.
        condition: the values that context keys must have.

    Example:
        >>> statement(["s3:GetObject"], ["*"])
        '{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}'
    """
    allowed: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return json.dumps({**allowed, "Condition": {"StringEquals": dict(condition)}} if condition else allowed)


def _allow(error: Any) -> str:
    found = _DENIED.search(str(error))
    if found:
        return f"allow {statement([found['action']], [(found['resource'] or '*').rstrip('.,')])}"
    service = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("server", "")
    action = f"{'s3' if service == 'AmazonS3' else 'the action'} {error.operation_name}"
    return f"ask the account's administrator to allow {action}; docs/aws.md has the whole policy"


def _words(error: Exception) -> str:
    words = _PAGE.sub(": the answer is an HTML page", str(error))
    return " ".join(words.split())[:_MOST_WORDS]
