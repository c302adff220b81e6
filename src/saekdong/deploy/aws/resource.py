"""Functions common to SageMaker's models, configurations, endpoints, jobs and notebooks."""

from collections.abc import Callable, Collection
from typing import Any

from saekdong.deploy.aws.account import Account, ResourceTags, as_tags
from saekdong.deploy.aws.refusals import is_missing
from saekdong.deploy.platform import Report


def describe_resource(account: Account, what: str, **key: str) -> dict[str, Any] | None:
    """Return SageMaker's answer to `describe_<what>`, or None if the resource does not exist."""
    from botocore.exceptions import ClientError

    try:
        answer: dict[str, Any] = getattr(account.client("sagemaker"), f"describe_{what}")(**key)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return answer


def tags_of(what: str, key: str, arn: str) -> Callable[[Account, str], ResourceTags | None]:
    """Return a function that looks up a resource's tags: `key` names it in requests, `arn` is its ARN's field."""

    def tags(account: Account, name: str) -> ResourceTags | None:
        found = describe_resource(account, what, **{key: name})
        if found is None:
            return None
        pages = account.client("sagemaker").get_paginator("list_tags").paginate(ResourceArn=found[arn])
        return as_tags([tag for page in pages for tag in page["Tags"]])

    return tags


def remover(what: str, key: str) -> Callable[[Account, str, Report], None]:
    """Return a function that removes a resource at once; a missing one is fine."""

    def remove(account: Account, name: str, report: Report) -> None:  # noqa: ARG001
        delete_resource(account, what, **{key: name})

    return remove


def delete_resource(account: Account, what: str, **key: str) -> None:
    """Call SageMaker's `delete_<what>`; a missing resource is fine."""
    from botocore.exceptions import ClientError

    try:
        getattr(account.client("sagemaker"), f"delete_{what}")(**key)
    except ClientError as error:
        if not is_missing(error):
            raise


def settled(
    account: Account,
    what: str,
    name: str,
    changing: Collection[str],
    report: Report,
    progress: Callable[[dict[str, Any]], str] | None = None,
) -> dict[str, Any] | None:
    """Wait until an endpoint or a notebook instance no longer changes, reporting its progress, and return it.

    Args:
        account: the account of the resource.
        what: SageMaker's name of the kind, such as `notebook_instance`.
        name: the resource's name.
        changing: the statuses to wait through.
        report: takes a line of each progress.
        progress: makes that line of the description; the status by default.

    Returns:
        Its description, or None if there is none.

    Raises:
        SaekdongError: it took too long.
    """
    title, last = _title(what), ""
    status = f"{title}Status"

    def look() -> dict[str, Any] | None:
        nonlocal last
        found = describe_resource(account, what, **{f"{title}Name": name})
        if found and (now := progress(found) if progress else found[status]) != last:
            last = now
            report(f"{name}: {now}")
        return found

    shown = what.replace("_", " ")
    return account.patience.wait(
        f"the {shown} {name}", look, lambda found: found is None or found[status] not in changing
    )


def delete_and_wait(account: Account, what: str, name: str) -> None:
    """Delete a resource whose deletion takes time, and wait until it is gone.

    Raises:
        SaekdongError: it took too long.
    """
    key = {f"{_title(what)}Name": name}
    delete_resource(account, what, **key)
    shown = what.replace("_", " ")
    account.patience.wait(
        f"removing the {shown} {name}", lambda: describe_resource(account, what, **key), lambda found: found is None
    )


def _title(what: str) -> str:
    return what.title().replace("_", "")
