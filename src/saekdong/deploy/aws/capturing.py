"""Data Capture at an endpoint: its settings, how long the bucket keeps its lines, and what it captured."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from saekdong.captures import CapturedRequest, CaptureSettings, read_captures
from saekdong.captures.lines import CSV_TYPES, JSON_TYPES
from saekdong.deploy.aws.account import Account, ResourceKind, ResourceTags
from saekdong.deploy.aws.bucket import BUCKET, bucket_name, remove_under
from saekdong.deploy.aws.hosting import Hosting
from saekdong.deploy.aws.refusals import code
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError
from saekdong.model.identity import ModelId

_FOLDER = "captures"


def check_capture(hosting: Hosting) -> None:
    """Raise if SageMaker does not capture at such an endpoint.

    Raises:
        SaekdongError: it is serverless or asynchronous.
    """
    if hosting.serverless:
        raise SaekdongError("SageMaker does not capture at serverless endpoints", fix="leave out --capture")
    if hosting.is_async:
        raise SaekdongError(
            "the requests of an asynchronous endpoint and their answers are in the bucket already",
            fix="leave out --capture, or --async",
        )


def data_capture(account: Account, capture: CaptureSettings, *, has_photos: bool) -> dict[str, Any]:
    """Return SageMaker's DataCaptureConfig.

    Args:
        account: the account of the endpoint.
        capture: the settings.
        has_photos: the model tags photos, so requests are not captured unless the settings include photos.
    """
    modes = ["Output"] if has_photos and not capture.photos else ["Input", "Output"]
    key = account.guardrails.key
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": capture.percent,
        "DestinationS3Uri": f"s3://{bucket_name(account)}/{_FOLDER}",
        "CaptureOptions": [{"CaptureMode": mode} for mode in modes],
        "CaptureContentTypeHeader": {"CsvContentTypes": CSV_TYPES, "JsonContentTypes": JSON_TYPES},
        **({"KmsKeyId": key} if key else {}),
    }


def ensure_captures(account: Account, name: str, capture: CaptureSettings) -> None:
    """Let the bucket remove an endpoint's captured lines after their retention."""
    rule = {
        "ID": _rule_id(name),
        "Filter": {"Prefix": _prefix(name)},
        "Status": "Enabled",
        "Expiration": {"Days": capture.keep.days},
        # The bucket has versions; one that expired must not stay as a former version.
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }

    def put() -> None:
        _put_rules(account, [*_other_rules(account, name), rule])

    if not account.ensure(CAPTURES, name, name, put):
        put()


def read_captured(
    account: Account, name: str, since: datetime | None = None, until: datetime | None = None
) -> Iterator[CapturedRequest]:
    """Yield the captured requests of an endpoint, with the models that the ledger says served at the time.

    Args:
        account: the account of the endpoint.
        name: its name.
        since: yield requests from this time on; None for all.
        until: yield requests before this time; None for all.
    """
    served = [(datetime.fromisoformat(one["at"]), one.get("model_id", "")) for one in account.ledger.served(name)]
    place = f"s3://{bucket_name(account)}/{_prefix(name)}"
    for request in read_captures(place, since, until, client=account.client("s3")):
        models = [model for at, model in served if at <= request.time]
        yield replace(request, model=ModelId(models[-1]) if models and models[-1] else None)


def _prefix(name: str) -> str:
    return f"{_FOLDER}/{name}/"


def _rule_id(name: str) -> str:
    return f"saekdong-{_FOLDER}-{name}"


def _rules(account: Account) -> list[dict[str, Any]]:
    from botocore.exceptions import ClientError

    try:
        found = account.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket_name(account))
    except ClientError as error:
        if code(error) in ("NoSuchLifecycleConfiguration", "NoSuchBucket"):
            return []
        raise
    rules: list[dict[str, Any]] = found["Rules"]
    return rules


def _other_rules(account: Account, name: str) -> list[dict[str, Any]]:
    return [rule for rule in _rules(account) if rule.get("ID") != _rule_id(name)]


def _put_rules(account: Account, rules: list[dict[str, Any]]) -> None:
    bucket = bucket_name(account)
    if rules:
        account.client("s3").put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    else:
        account.client("s3").delete_bucket_lifecycle(Bucket=bucket)


def _tags(account: Account, name: str) -> ResourceTags | None:
    """Return the workspace's tags if the bucket, which is the workspace's, has a rule or lines of an endpoint."""
    bucket = bucket_name(account)
    if BUCKET.tags(account, bucket) is None:
        return None
    if len(_other_rules(account, name)) < len(_rules(account)):
        return account.tags(name)
    listed = account.client("s3").list_object_versions(Bucket=bucket, Prefix=_prefix(name), MaxKeys=1)
    return account.tags(name) if listed.get("Versions") or listed.get("DeleteMarkers") else None


def _remove(account: Account, name: str, report: Report) -> None:  # noqa: ARG001
    if BUCKET.tags(account, bucket_name(account)) is None:
        return
    remove_under(account, bucket_name(account), _prefix(name))
    others = _other_rules(account, name)
    if len(others) < len(_rules(account)):
        _put_rules(account, others)


CAPTURES = ResourceKind("captured requests", _tags, _remove)
