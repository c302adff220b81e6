"""The containers' logs in CloudWatch Logs."""

import time
from collections.abc import Iterator
from typing import Any

from saekdong.deploy.aws.account import Account, ResourceKind, ResourceTags
from saekdong.deploy.aws.refusals import is_missing
from saekdong.deploy.platform import Report

TRAINING = "/aws/sagemaker/TrainingJobs"
TRANSFORM = "/aws/sagemaker/TransformJobs"
NOTEBOOKS = "/aws/sagemaker/NotebookInstances"
_KEEP_DAYS = 30
_LAST_HOURS = 24
_EVERY = 3.0
_LAST_LINES = 20


def endpoint_group(name: str) -> str:
    """Return the log group of an endpoint."""
    return f"/aws/sagemaker/Endpoints/{name}"


def ensure_group(account: Account, name: str) -> None:
    """Make an endpoint's log group before SageMaker does, so that it has our tags and a retention time."""
    logs = account.client("logs")
    group = endpoint_group(name)
    account.ensure(LOG_GROUP, group, name, lambda: logs.create_log_group(logGroupName=group, tags=account.tags(name)))
    logs.put_retention_policy(logGroupName=group, retentionInDays=_KEEP_DAYS)


def lines(account: Account, group: str, *, follow: bool) -> Iterator[str]:
    """Yield the lines of the last 24 hours, oldest first; with `follow`, also later lines as they arrive."""
    start = int((time.time() - _LAST_HOURS * 3600) * 1000)
    seen: dict[str, int] = {}
    while True:
        for event in _events(account, group, start):
            if event["eventId"] not in seen:
                seen[event["eventId"]] = event["timestamp"]
                yield event["message"].rstrip("\n")
        if not follow:
            return
        if seen:
            # Lines arrive late and out of order, so ask for those of the last minute again.
            start = max(start, max(seen.values()) - 60_000)
            seen = {key: when for key, when in seen.items() if when >= start}
        time.sleep(_EVERY)


def last_lines(account: Account, group: str, prefix: str = "", most: int = _LAST_LINES) -> list[str]:
    """Return the last lines of the newest stream of a group, oldest first; none if there is none."""
    from botocore.exceptions import ClientError

    logs = account.client("logs")
    try:
        streams = _streams(logs, group, prefix)
        if not streams:
            return []
        newest = max(streams, key=lambda stream: stream.get("lastEventTimestamp", 0))["logStreamName"]
        events = logs.get_log_events(logGroupName=group, logStreamName=newest, limit=most, startFromHead=False)
    except ClientError as error:
        if is_missing(error):
            return []
        raise
    return [str(event["message"]).rstrip("\n") for event in events["events"][-most:]]


def remove_streams(account: Account, group: str, prefix: str) -> None:
    """Remove the streams of a job or notebook instance from a log group that the whole account shares."""
    from botocore.exceptions import ClientError

    logs = account.client("logs")
    try:
        for stream in _streams(logs, group, prefix):
            logs.delete_log_stream(logGroupName=group, logStreamName=stream["logStreamName"])
    except ClientError as error:
        if not is_missing(error):
            raise


def _streams(logs: Any, group: str, prefix: str) -> list[dict[str, Any]]:
    asked = {"logGroupName": group, **({"logStreamNamePrefix": prefix} if prefix else {})}
    pages = logs.get_paginator("describe_log_streams").paginate(**asked)
    return [stream for page in pages for stream in page["logStreams"]]


def _events(account: Account, group: str, start: int) -> Iterator[dict[str, Any]]:
    from botocore.exceptions import ClientError

    pages = account.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start)
    try:
        for page in pages:
            yield from page["events"]
    except ClientError as error:
        if not is_missing(error):
            raise


def _tags(account: Account, name: str) -> ResourceTags | None:
    logs = account.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name):
        for group in page["logGroups"]:
            if group["logGroupName"] == name:
                arn = group["arn"].removesuffix(":*")
                tags: ResourceTags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
                return tags
    return None


def _remove(account: Account, name: str, report: Report) -> None:  # noqa: ARG001
    from botocore.exceptions import ClientError

    try:
        account.client("logs").delete_log_group(logGroupName=name)
    except ClientError as error:
        if not is_missing(error):
            raise


LOG_GROUP = ResourceKind("log group", _tags, _remove)
