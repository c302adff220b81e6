"""SageMaker jobs: run them, wait for them, and remove what is left of them."""

from collections.abc import Callable
from typing import Any

from saekdong.deploy.aws.account import Account, ResourceKind, ResourceTags, as_tags
from saekdong.deploy.aws.bucket import BUCKET, bucket_name, remove_under
from saekdong.deploy.aws.logs import last_lines, remove_streams
from saekdong.deploy.aws.propagation import transient_failure
from saekdong.deploy.aws.resource import describe_resource
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError

OUTPUT = "output"
COMPLETED = "Completed"


def run_aws_job(account: Account, what: str, start: Callable[[], str], group: str, report: Report) -> dict[str, Any]:
    """Start a job, wait until it is done, reporting its steps, and return its description.

    If a job failed because its new role had not spread on AWS yet, start another one, once.

    Args:
        account: the account of the job.
        what: `training` or `transform`.
        start: makes a job, or finds the one to continue, and returns its name.
        group: the log group of such jobs.
        report: takes progress lines.

    Raises:
        SaekdongError: it failed (with the reason and the container's last lines), was stopped, or took too long.
    """
    name = start()
    found = _watch(account, what, name, report)
    unspread = transient_failure(f"Create{_title(what)}Job", found.get("FailureReason", ""))
    if unspread:
        report(f"{name} failed because AWS did not know {unspread.subject} everywhere yet; starting another")
        name = start()
        found = _watch(account, what, name, report)
    if _status(found, what) != COMPLETED:
        for line in last_lines(account, group, f"{name}/"):
            report(f"  {line}")
        reason = " ".join(found.get("FailureReason", "no reason given").split())
        raise SaekdongError(
            f"the job {name} ended as {_status(found, what)}: {reason}", fix="fix it, then run it again"
        )
    return found


def _watch(account: Account, what: str, name: str, report: Report) -> dict[str, Any]:
    last = ""

    def look() -> dict[str, Any]:
        nonlocal last
        found = _describe(account, what, name) or {}
        now = ", ".join(dict.fromkeys(filter(None, (_status(found, what), found.get("SecondaryStatus", "")))))
        if now != last:
            last = now
            report(f"{name}: {now}")
        return found

    return account.patience.wait(f"the job {name}", look, lambda found: _status(found, what) not in _RUNNING)


def job_kind(what: str, group: str) -> ResourceKind:
    """Return the kind of jobs that SageMaker calls `what`.

    SageMaker keeps the record of a job for good and charges nothing for it: a finished job without output and log
    lines counts as removed.
    """

    def remove(account: Account, name: str, report: Report) -> None:
        found = _describe(account, what, name)
        if found and _status(found, what) in _RUNNING:
            report(f"stopping {name}")
            if _status(found, what) == "InProgress":
                getattr(account.client("sagemaker"), f"stop_{what}_job")(**{_key(what): name})
            account.patience.wait(
                f"stopping the job {name}",
                lambda: _describe(account, what, name) or {},
                lambda found: _status(found, what) not in _RUNNING,
            )
        remove_streams(account, group, f"{name}/")
        if BUCKET.tags(account, bucket_name(account)) is not None:
            remove_under(account, bucket_name(account), f"{OUTPUT}/{name}/")

    return ResourceKind(f"{what} job", _tags(what, group), remove)


_RUNNING = {"InProgress", "Stopping"}


def _tags(what: str, group: str) -> Callable[[Account, str], ResourceTags | None]:
    def tags(account: Account, name: str) -> ResourceTags | None:
        found = _describe(account, what, name)
        if found is None or (_status(found, what) not in _RUNNING and not _leaves(account, name, group)):
            return None
        arn = found[f"{_title(what)}JobArn"]
        return as_tags(account.client("sagemaker").list_tags(ResourceArn=arn)["Tags"])

    return tags


def _leaves(account: Account, name: str, group: str) -> bool:
    """Return whether a finished job has left output or log lines."""
    if last_lines(account, group, f"{name}/", most=1):
        return True
    bucket = bucket_name(account)
    if BUCKET.tags(account, bucket) is None:
        return False
    listed = account.client("s3").list_object_versions(Bucket=bucket, Prefix=f"{OUTPUT}/{name}/", MaxKeys=1)
    return bool(listed.get("Versions") or listed.get("DeleteMarkers"))


def _describe(account: Account, what: str, name: str) -> dict[str, Any] | None:
    return describe_resource(account, f"{what}_job", **{_key(what): name})


def _status(found: dict[str, Any], what: str) -> str:
    return str(found.get(f"{_title(what)}JobStatus", "gone"))


def _key(what: str) -> str:
    return f"{_title(what)}JobName"


def _title(what: str) -> str:
    return what.capitalize()
