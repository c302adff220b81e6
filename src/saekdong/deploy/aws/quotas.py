"""Service quotas: how much of each a plan needs, and how much the account is allowed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.hosting import Hosting

# "Maximum total concurrency that can be allocated across all serverless endpoints"; the same code in all regions.
_SERVERLESS = "L-96300102"


@dataclass(frozen=True)
class Plan:
    """What is to be made on AWS.

    Attributes:
        hosting: the endpoint.
        role: the role to be used, by name or ARN; None for the workspace's own.
        training: the type of instance of training jobs; None if there will be none.
        transform: the type of instance of transform jobs; None if there will be none.
        notebook: the type of instance of the notebook; None if there will be none.
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
        what: what needs it.
        quota: its name or its code in Service Quotas.
        at_first: so much is needed to make the thing.
        at_most: so much is needed in the course of its life.
        why: why it is more than `at_first`; empty if it is not.
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
        name: as Service Quotas calls it.
        code: what a request for more names.
        allowed: its value.
    """

    name: str
    code: str
    allowed: float


def needs(plan: Plan) -> Iterator[Need]:
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
        account: where.
        wanted: names or codes. For one that was never applied to the account, AWS's default is looked up.
    """
    found = _listed(account, "list_service_quotas")
    return found if wanted <= set(found) else {**_listed(account, "list_aws_default_service_quotas"), **found}


def _listed(account: Account, operation: str) -> dict[str, Quota]:
    pages = account.client("service-quotas").get_paginator(operation).paginate(ServiceCode="sagemaker")
    quotas = [_quota(one) for page in pages for one in page["Quotas"]]
    return {key: quota for quota in quotas for key in (quota.name, quota.code)}


def _quota(listed: dict[str, Any]) -> Quota:
    return Quota(listed["QuotaName"], listed["QuotaCode"], listed["Value"])
