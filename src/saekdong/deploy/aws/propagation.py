"""Errors that AWS returns while a new resource has not reached all of its servers; such calls are retried for a while.

A new role, policy, bucket or model is known everywhere only some seconds later, at times a minute. Until then the
next call fails as if the resource were missing or forbidden, with the same code as a real mistake. botocore does not
retry these errors.
"""

import re
import time
from dataclasses import dataclass
from typing import Any

from saekdong.deploy.aws.waiting import AwsPatience
from saekdong.deploy.platform import Report

PATIENCE = AwsPatience(seconds=180, every=5)
_STARTED = "saekdong_first_refusal"
_DOCTOR = "'saekdong doctor --on sagemaker' prints the statement that is missing"


@dataclass(frozen=True)
class TransientAnswer:
    """An error that goes away by itself some time after a resource was made.

    Attributes:
        subject: the resource that AWS does not know yet.
        code: the error's code.
        words: a pattern that the error's message matches.
        fix: what to do if the error remains.
    """

    subject: str
    code: re.Pattern[str]
    words: re.Pattern[str]
    fix: str


def _answer(subject: str, code: str, words: str, fix: str) -> TransientAnswer:
    return TransientAnswer(subject, re.compile(code), re.compile(words, re.IGNORECASE), fix)


_ROLE = _answer(
    "the role",
    "Validation",
    r"assume (?:the )?role|sts:AssumeRole|role.{0,120}(?:is invalid|not exist|cannot be assumed)"
    r"|Access Key Id you provided does not exist",
    f"check that the role exists and trusts sagemaker.amazonaws.com; {_DOCTOR}",
)
_DATA = _answer(
    "the role's rights in S3",
    "Validation|AccessDenied",
    r"Could not access model data|No S3 objects found|not authorized to perform: s3:|allows the s3:"
    r"|access denied.{0,200}s3|s3.{0,200}access denied",
    f"check that the objects exist in this region and that the role may read them; {_DOCTOR}",
)
_IMAGE = _answer(
    "the role's rights in ECR",
    "Validation|AccessDenied",
    r"BatchGetImage|does not grant ecr:|not authorized to perform: ecr:|allows the ecr:",
    f"check that the role may pull the image; {_DOCTOR}",
)
_SERVED = _answer(
    "the model or the configuration",
    "Validation",
    r"Could not find (?:model|endpoint configuration)",
    "run it again",
)
_SCALED = _answer(
    "the scaling target or its role",
    "Validation|ObjectNotFound",
    r"Unable to assume IAM role|No scalable target",
    "check that the role AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint exists, then run it again",
)
_BUCKET = _answer(
    "the bucket",
    "^(?:NoSuchBucket|OperationAborted)$",
    "",
    "a bucket's name is free only some time after the bucket was removed; run it again later",
)
_IAM = _answer("the role", "^(?:NoSuchEntity|ConcurrentModification)$", "", "run it again")
_GROUP = _answer("the log group", "^(?:ResourceNotFound|OperationAborted)Exception$", "", "run it again")

# By operation. Lookups are not listed: for a lookup, "missing" is an answer.
TABLE: dict[str, tuple[TransientAnswer, ...]] = {
    "CreateModel": (_DATA, _IMAGE, _ROLE),
    "CreateEndpointConfig": (_SERVED, _DATA, _ROLE),
    "CreateEndpoint": (_SERVED, _DATA, _IMAGE, _ROLE),
    "UpdateEndpoint": (_SERVED, _DATA, _IMAGE, _ROLE),
    "CreateTrainingJob": (_DATA, _IMAGE, _ROLE),
    "CreateTransformJob": (_SERVED, _DATA, _IMAGE, _ROLE),
    "CreateNotebookInstance": (_ROLE,),
    "RegisterScalableTarget": (_SCALED,),
    "PutScalingPolicy": (_SCALED,),
    "PutRolePolicy": (_IAM,),
    "DeleteRole": (_answer("the removal of the role's policies", "^DeleteConflict$", "", "run it again"),),
    "CreateBucket": (_BUCKET,),
    "DeleteBucket": (_answer("the bucket", "^OperationAborted$", "", "run it again"),),
    "PutBucketTagging": (_BUCKET,),
    "PutPublicAccessBlock": (_BUCKET,),
    "PutBucketEncryption": (_BUCKET,),
    "PutBucketVersioning": (_BUCKET,),
    "PutBucketPolicy": (_BUCKET,),
    "PutObject": (_BUCKET,),
    "PutRetentionPolicy": (_GROUP,),
}


def transient(operation: str, error: dict[str, Any]) -> TransientAnswer | None:
    """Return which transient error an operation's error is, or None if it will not go away by itself.

    Args:
        operation: its name, such as `CreateModel`.
        error: its Code and Message.

    Example:
        >>> error = {"Code": "ValidationException", "Message": "Could not assume role arn:aws:iam::1:role/x."}
        >>> transient("CreateTrainingJob", error).subject
        'the role'
    """
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    answers = TABLE.get(operation, ())
    return next((one for one in answers if one.code.search(code) and one.words.search(message)), None)


def transient_failure(operation: str, reason: str) -> TransientAnswer | None:
    """Return the transient error that explains why a resource failed after its operation was accepted, or None.

    Example:
        >>> transient_failure("CreateTrainingJob", "ClientError: SageMaker was unable to assume the role").subject
        'the role'
    """
    return transient(operation, {"Code": "ValidationException", "Message": reason})


def delay(
    report: Report,
    patience: AwsPatience,
    operation: str,
    response: tuple[Any, dict[str, Any]] | None,
    call: dict[str, Any],
) -> float | None:
    """Return the seconds until a refused call is retried, or None if it is not.

    Args:
        report: takes a line when an operation's first call is refused.
        patience: how long and how often to retry.
        operation: the operation's name.
        response: the HTTP response and its parsed body; None if there is none.
        call: the call's own context, the same for all its retries.
    """
    found = transient(operation, response[1].get("Error", {})) if response else None
    if found is None or response is None:
        return None
    now = time.monotonic()
    if _STARTED not in call:
        call[_STARTED] = now
        message = " ".join(str(response[1]["Error"].get("Message", "")).split())
        report(f"waiting up to {patience.seconds:g} s until AWS knows {found.subject} everywhere: {message}")
    return patience.every if now + patience.every < call[_STARTED] + patience.seconds else None
