"""Remove AWS resources, in the order that AWS allows, and verify that nothing is left."""

from collections.abc import Iterable

from saekdong.deploy.aws.account import WORKSPACE_TAG, Account
from saekdong.deploy.aws.alarm import ALARM
from saekdong.deploy.aws.autoscaling import SCALING
from saekdong.deploy.aws.bucket import BUCKET
from saekdong.deploy.aws.capturing import CAPTURES
from saekdong.deploy.aws.endpoint import CONFIG, ENDPOINT, MODEL
from saekdong.deploy.aws.ledger import LedgerEntry
from saekdong.deploy.aws.logs import LOG_GROUP
from saekdong.deploy.aws.notebook import LIFECYCLE, NOTEBOOK
from saekdong.deploy.aws.refusals import aws_errors, aws_refusal
from saekdong.deploy.aws.repository import REPOSITORY
from saekdong.deploy.aws.role import ROLE
from saekdong.deploy.aws.training import TRAINING_JOB
from saekdong.deploy.aws.transform import TRANSFORM_JOB
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError
from saekdong.lang import counted

_ORDER = (
    SCALING,
    ENDPOINT,
    CONFIG,
    MODEL,
    TRAINING_JOB,
    TRANSFORM_JOB,
    ALARM,
    REPOSITORY,
    CAPTURES,
    BUCKET,
    LOG_GROUP,
    NOTEBOOK,
    LIFECYCLE,
    ROLE,
)
_KINDS = {kind.name: kind for kind in _ORDER}
_RANK = {kind.name: rank for rank, kind in enumerate(_ORDER)}


class LeftoverError(SaekdongError):
    """A resource of ours is left on AWS."""

    exit_code = 1


def here(account: Account, name: str | None = None) -> list[LedgerEntry]:
    """Return the ledger's resources in this account and region, of a deployment or of all, in teardown's order."""
    found = [entry for entry in account.ledger.standing() if account.is_here(entry) and name in (None, entry.of)]
    return sorted(found, key=lambda entry: _RANK[entry.kind])


def standing(account: Account, name: str | None = None) -> list[LedgerEntry]:
    """Return the resources that exist and are ours, by the ledger and by tags, in teardown's order."""
    return [entry for entry in here(account, name) if is_standing(account, entry)]


def is_standing(account: Account, entry: LedgerEntry) -> bool:
    """Return whether a resource exists and has this workspace's tags."""
    tags = _KINDS[entry.kind].tags(account, entry.name)
    return tags is not None and account.owns(tags)


def removable(account: Account, name: str | None, report: Report) -> list[LedgerEntry]:
    """Return the resources that exist and are ours, and report those that AWS refuses to show; in teardown's order.

    If a right is missing for one kind, the other kinds, which may cost money, are still removed.
    """
    return [entry for entry in here(account, name) if _may_be_ours(account, entry, report)]


def remove(account: Account, entries: Iterable[LedgerEntry], report: Report) -> list[LedgerEntry]:
    """Remove those of `entries` that are ours; if one cannot be removed, go on with the others.

    Returns:
        The removed resources.

    Raises:
        LeftoverError: a resource could not be removed; `report` got the removed ones.
    """
    removed, problems = [], []
    for entry in sorted(entries, key=lambda entry: _RANK[entry.kind]):
        try:
            with aws_errors():
                if _remove(account, entry, report):
                    removed.append(entry)
        except SaekdongError as error:
            problems.append(error)
            report(f"could not remove the {entry.kind} {entry.name}: {error}")
    if problems:
        for entry in removed:
            report(f"removed the {entry.kind} {entry.name}")
        raise LeftoverError(
            f"{counted(len(problems), 'resource')} could not be removed; first: {problems[0]}", fix="then run it again"
        )
    return removed


def remove_notebook(account: Account, name: str, report: Report) -> bool:
    """Remove a notebook instance and its lifecycle configuration; return whether there was one of ours."""
    kinds = (NOTEBOOK.name, LIFECYCLE.name)
    return bool(remove(account, [entry for entry in here(account, name) if entry.kind in kinds], report))


def prove_nothing_left(account: Account, removed: Iterable[LedgerEntry], name: str | None, report: Report) -> None:
    """Look up all removed resources, and all that have our tag, again; report that nothing is left.

    Raises:
        LeftoverError: a resource is left; the message names it.
    """
    left = [f"{entry.kind} {entry.name}" for entry in removed if is_standing(account, entry)]
    left += [f"{entry.kind} {entry.name}" for entry in standing(account, name)]
    if name is None:
        left += _tagged(account, report)
    if left:
        raise LeftoverError(f"left on AWS: {', '.join(dict.fromkeys(left))}", fix="run it again")
    if name is None:
        _report_records(account, report)
    place = f"account {account.session.account}, region {account.session.region}"
    whose = f"of {name}" if name else f"of workspace {account.ledger.workspace}"
    report(f"nothing {whose} is left in {place}")
    elsewhere = {(entry.account, entry.region) for entry in account.ledger.standing()}
    for number, region in sorted(elsewhere - {(account.session.account, account.session.region)}):
        report(f"the ledger has more in account {number}, region {region}: run it there too")


def _report_records(account: Account, report: Report) -> None:
    kinds = (TRAINING_JOB.name, TRANSFORM_JOB.name)
    jobs = [entry.name for entry in account.ledger.made() if entry.kind in kinds and account.is_here(entry)]
    if jobs:
        report(f"SageMaker keeps the records of jobs for good, free of charge: {', '.join(jobs)}")


def _remove(account: Account, entry: LedgerEntry, report: Report) -> bool:
    kind = _KINDS[entry.kind]
    tags = kind.tags(account, entry.name)
    if tags is not None and not account.owns(tags):
        report(f"left alone, because its tags are not ours: {entry.kind} {entry.name}")
        return False
    if tags is not None:
        report(f"removing the {entry.kind} {entry.name}")
        kind.remove(account, entry.name, report)
    account.ledger.removed(entry)
    return tags is not None


def _may_be_ours(account: Account, entry: LedgerEntry, report: Report) -> bool:
    from botocore.exceptions import ClientError

    try:
        return is_standing(account, entry)
    except ClientError as error:
        report(f"could not look up the {entry.kind} {entry.name}: {aws_refusal(error)}")
        return True


def _tagged(account: Account, report: Report) -> list[str]:
    """Return the resources that have the workspace's tag and are not in the ledger.

    AWS lists removed resources for a while, so those in the ledger are not counted again.
    """
    from botocore.exceptions import ClientError

    pages = account.client("resourcegroupstaggingapi").get_paginator("get_resources")
    asked = [{"Key": WORKSPACE_TAG, "Values": [account.ledger.workspace]}]
    try:
        arns = [
            one["ResourceARN"] for page in pages.paginate(TagFilters=asked) for one in page["ResourceTagMappingList"]
        ]
    except ClientError as error:
        report(f"resources with our tag could not be listed (allow tag:GetResources): {error}")
        return []
    known = tuple(f"{before}{entry.name}".lower() for entry in account.ledger.made() for before in "/:")
    # In ARNs, SageMaker writes names in lower case. A scaling target's ARN does not contain its name.
    return [arn for arn in arns if not arn.lower().endswith(known) and ":application-autoscaling:" not in arn]
