"""A workspace's AWS account: each new resource is recorded and tagged; resources of others are left alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from saekdong.deploy.aws.guardrails import Guardrails
from saekdong.deploy.aws.ledger import Ledger, LedgerEntry
from saekdong.deploy.aws.refusals import is_taken
from saekdong.deploy.aws.session import Session
from saekdong.deploy.aws.waiting import AwsPatience
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError

WORKSPACE_TAG = "saekdong:workspace"
NAME_TAG = "saekdong:name"

ResourceTags = dict[str, str]


@dataclass
class Account:
    """A session and the ledger of a workspace.

    Attributes:
        session: credentials and region.
        ledger: the record of what the workspace made.
        patience: how long to wait for slow operations.
        made: the resources that this object made, the newest last.
        guardrails: the company's rules for every new resource.
    """

    session: Session
    ledger: Ledger
    patience: AwsPatience = field(default_factory=AwsPatience)
    made: list[LedgerEntry] = field(default_factory=list)
    guardrails: Guardrails = field(default_factory=Guardrails)

    def client(self, service: str) -> Any:
        """Return boto3's client of a service."""
        return self.session.client(service)

    @property
    def shared_name(self) -> str:
        """The name of the resources that a workspace's deployments share: its repository and its role."""
        return f"saekdong-{self.ledger.workspace}"

    def tags(self, of: str) -> ResourceTags:
        """Return the tags of a resource of a deployment, or of the workspace if `of` is empty."""
        return {**self.guardrails.tags, WORKSPACE_TAG: self.ledger.workspace, NAME_TAG: of or "shared"}

    def tag_list(self, of: str) -> list[dict[str, str]]:
        """Return the tags in the form that most services take."""
        return [{"Key": key, "Value": value} for key, value in self.tags(of).items()]

    def owns(self, tags: ResourceTags) -> bool:
        """Return whether a resource with these tags is this workspace's."""
        return tags.get(WORKSPACE_TAG) == self.ledger.workspace

    def entry(self, kind: str, name: str, of: str) -> LedgerEntry:
        """Return the ledger's entry of a resource in this account and region."""
        return LedgerEntry(kind, name, of, self.session.account, self.session.region)

    def is_here(self, entry: LedgerEntry) -> bool:
        """Return whether a ledger entry belongs to this account and region."""
        return (entry.account, entry.region) == (self.session.account, self.session.region)

    def ensure(self, kind: "ResourceKind", name: str, of: str, create: Callable[[], object]) -> bool:
        """Make a resource unless it exists; record it in the ledger first.

        Returns:
            Whether it was made.

        Raises:
            SaekdongError: it exists and is not this workspace's.
        """
        tags = kind.tags(self, name)
        if tags is None:
            entry = self.entry(kind.name, name, of)
            self.ledger.creating(entry)
            self.made.append(entry)
            if _create(create):
                return True
            tags = kind.tags(self, name)
        if not self.owns(tags or {}):
            raise SaekdongError(
                f"the {kind.name} {name} already exists, and this workspace did not make it",
                fix="choose another --name, or remove it where it was made",
            )
        return False


@dataclass(frozen=True)
class ResourceKind:
    """A kind of AWS resource: how to look it up and remove it.

    Attributes:
        name: its name in the ledger.
        tags: returns a resource's tags, or None if the resource does not exist.
        remove: removes a resource and returns when it is gone; a missing one is fine.
    """

    name: str
    tags: Callable[[Account, str], ResourceTags | None]
    remove: Callable[[Account, str, Report], None]


def as_tags(listed: list[dict[str, str]]) -> ResourceTags:
    """Return the tags of a list of Key and Value, as most services return them, as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in listed}


def _create(create: Callable[[], object]) -> bool:
    """Make a resource; return False if it exists by now: made by others, or by an earlier try that seemed to fail."""
    from botocore.exceptions import ClientError

    try:
        create()
    except ClientError as error:
        if is_taken(error):
            return False
        raise
    return True
