"""What SageMaker's models, configurations, endpoints, jobs and notebooks have in common."""

from collections.abc import Callable
from typing import Any

from saekdong.aws.account import Account, Tags, as_tags
from saekdong.aws.refusals import is_missing
from saekdong.platforms import Report


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
