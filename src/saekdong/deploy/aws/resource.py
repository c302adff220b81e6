"""What SageMaker's models, configurations, endpoints, jobs and notebooks have in common."""

from collections.abc import Callable, Collection
from typing import Any

from saekdong.deploy.aws.account import Account, Tags, as_tags
from saekdong.deploy.aws.refusals import is_missing
from saekdong.deploy.platform import Report


def describe(account: Account, what: str, **key: str) -> dict[str, Any] | None:
    """Return SageMaker's answer to `describe_<what>`, or None where there is no such thing."""
    from botocore.exceptions import ClientError

    try:
        answer: dict[str, Any] = getattr(account.client("sagemaker"), f"describe_{what}")(**key)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return answer


def tags_of(what: str, key: str, arn: str) -> Callable[[Account, str], Tags | None]:
    """Return what looks up a thing's tags: described by `key`, and found in the answer by `arn`."""

    def tags(account: Account, name: str) -> Tags | None:
        found = describe(account, what, **{key: name})
        if found is None:
            return None
        pages = account.client("sagemaker").get_paginator("list_tags").paginate(ResourceArn=found[arn])
        return as_tags([tag for page in pages for tag in page["Tags"]])

    return tags


def remover(what: str, key: str) -> Callable[[Account, str, Report], None]:
    """Return what removes a thing at once; it may be gone already."""

    def remove(account: Account, name: str, report: Report) -> None:  # noqa: ARG001
        delete(account, what, **{key: name})

    return remove


def delete(account: Account, what: str, **key: str) -> None:
    """Ask SageMaker to `delete_<what>`; it may be gone already."""
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
    """Wait until nothing changes at an endpoint or a notebook instance, tell what happens, and return it.

    Args:
        account: where.
        what: SageMaker's word for it, as `notebook_instance`.
        name: its name.
        changing: the statuses that pass by themselves.
        report: gets each new progress.
        progress: makes a line of its description; its status by default.

    Returns:
        Its description, or None where there is none.

    Raises:
        SaekdongError: it took too long.
    """
    title, told = _title(what), ""
    status = f"{title}Status"

    def look() -> dict[str, Any] | None:
        nonlocal told
        found = describe(account, what, **{f"{title}Name": name})
        if found and (now := progress(found) if progress else found[status]) != told:
            told = now
            report(f"{name}: {now}")
        return found

    shown = what.replace("_", " ")
    return account.patience.wait(
        f"the {shown} {name}", look, lambda found: found is None or found[status] not in changing
    )


def delete_and_wait(account: Account, what: str, name: str) -> None:
    """Delete what takes its time to go, and wait until it is gone.

    Raises:
        SaekdongError: it took too long.
    """
    key = {f"{_title(what)}Name": name}
    delete(account, what, **key)
    shown = what.replace("_", " ")
    account.patience.wait(
        f"removing the {shown} {name}", lambda: describe(account, what, **key), lambda found: found is None
    )


def _title(what: str) -> str:
    return what.title().replace("_", "")
