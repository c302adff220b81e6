"""Service quotas: how much of each a plan needs, and how much the account allows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.hosting import Hosting

# "Maximum total concurrency that can be allocated across all serverless endpoints"; the same code in all regions.
_SERVERLESS = "L-96300102"


@dataclass(frozen=True)
class QuotaPlan:
    """What will be made on AWS.

    Attributes:
        hosting: how the endpoint is hosted.
        role: the role to use, by name or ARN; None for the workspace's own.
        training: the instance type of training jobs; None if there will be none.
        transform: the instance type of transform jobs; None if there will be none.
        notebook: the instance type of the notebook; None if there will be none.
    """

    hosting: Hosting = field(default_factory=Hosting)
    role: str | None = None
    training: str | None = None
    transform: str | None = None
    notebook: str | None = None


@dataclass(frozen=True)
class Need:
    """How much of a quota is needed.

    Attributes:
        what: the resource that needs it.
        quota: its name or its code in Service Quotas.
        at_first: the amount needed to make the resource.
        at_most: the largest amount needed during its life.
        why: the reason if `at_most` is more than `at_first`; otherwise empty.
    """

    what: str
    quota: str
    at_first: int
    at_most: int
    why: str = ""


@dataclass(frozen=True)
class Quota:
    """A quota of an account.

    Attributes:
        name: its name in Service Quotas.
        code: its code in requests for an increase.
        allowed: its value.
    """

    name: str
    code: str
    allowed: float


def needs(plan: QuotaPlan) -> Iterator[Need]:
    """Yield the quotas that a plan needs."""
    hosting = plan.hosting
    if hosting.serverless:
        yield Need("endpoint", _SERVERLESS, hosting.serverless.concurrency, hosting.serverless.concurrency)
    else:
        most = hosting.scaling.most if hosting.scaling else hosting.count
        why = f"{most} serve{'s' if most == 1 else ''}, and an update runs as many beside"
        yield Need("endpoint", f"{hosting.instance} for endpoint usage", most, 2 * most, why)
    for what, instance, use in (
        ("training", plan.training, "training job"),
        ("transform", plan.transform, "transform job"),
        ("notebook", plan.notebook, "notebook instance"),
    ):
        if instance:
            yield Need(what, f"{instance} for {use} usage", 1, 1)


def sagemaker_quotas(account: Account, wanted: set[str]) -> dict[str, Quota]:
    """Return SageMaker's quotas in an account, by name and by code.

    Args:
        account: the account.
        wanted: names or codes. If the account has no value of its own for one, its AWS default is returned.
    """
    found = _listed(account, "list_service_quotas")
    return found if wanted <= set(found) else {**_listed(account, "list_aws_default_service_quotas"), **found}


def _listed(account: Account, operation: str) -> dict[str, Quota]:
    pages = account.client("service-quotas").get_paginator(operation).paginate(ServiceCode="sagemaker")
    quotas = [_quota(one) for page in pages for one in page["Quotas"]]
    return {key: quota for quota in quotas for key in (quota.name, quota.code)}


def _quota(listed: dict[str, Any]) -> Quota:
    return Quota(listed["QuotaName"], listed["QuotaCode"], listed["Value"])
