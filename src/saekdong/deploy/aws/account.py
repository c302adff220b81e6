"""An account as a workspace uses it: what is made is written down and tagged, what is not ours is left alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from saekdong.deploy.aws.guardrails import Guardrails
from saekdong.deploy.aws.ledger import Entry, Ledger
from saekdong.deploy.aws.refusals import is_taken
from saekdong.deploy.aws.session import Session
from saekdong.deploy.aws.waiting import Patience
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError

WORKSPACE_TAG = "saekdong:workspace"
NAME_TAG = "saekdong:name"

Tags = dict[str, str]


@dataclass
class Account:
    """A session and the ledger of a workspace.

    Attributes:
        session: the way in.
        ledger: what the workspace made.
        patience: how long is waited for what takes its time.
        made: what this object made, the newest last.
        guardrails: what a company asks of all that is made.
    """

    session: Session
    ledger: Ledger
    patience: Patience = field(default_factory=Patience)
    made: list[Entry] = field(default_factory=list)
    guardrails: Guardrails = field(default_factory=Guardrails)

    def client(self, service: str) -> Any:
        """Return boto3's client of a service."""
        return self.session.client(service)

    @property
    def shared_name(self) -> str:
        """The name of what the deployments of a workspace share: its repository and its role."""
        return f"saekdong-{self.ledger.workspace}"

    def tags(self, of: str) -> Tags:
        """Return the tags of what belongs to a deployment, or to the workspace where `of` is empty."""
        return {**self.guardrails.tags, WORKSPACE_TAG: self.ledger.workspace, NAME_TAG: of or "shared"}

    def tag_list(self, of: str) -> list[dict[str, str]]:
        """Return the tags as most services take them."""
        return [{"Key": key, "Value": value} for key, value in self.tags(of).items()]

    def owns(self, tags: Tags) -> bool:
        """Tell whether a thing with these tags is the workspace's."""
        return tags.get(WORKSPACE_TAG) == self.ledger.workspace

    def entry(self, kind: str, name: str, of: str) -> Entry:
        """Return the ledger's entry of a thing in this account and region."""
        return Entry(kind, name, of, self.session.account, self.session.region)

    def is_here(self, entry: Entry) -> bool:
        """Tell whether an entry of the ledger is of this account and region."""
        return (entry.account, entry.region) == (self.session.account, self.session.region)

    def ensure(self, kind: "Kind", name: str, of: str, create: Callable[[], object]) -> bool:
        """Make a thing unless it is there; written into the ledger before it is made.

        Returns:
            Whether it was made.

        Raises:
            SaekdongError: it is there, and is not ours.
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
                f"the {kind.name} {name} is there already, and this workspace did not make it",
                fix="choose another --name, or remove it where it was made",
            )
        return False


@dataclass(frozen=True)
class Kind:
    """A kind of thing on AWS, and how it is looked up and removed.

    Attributes:
        name: what it is called in the ledger.
        tags: returns its tags, or None where there is no such thing.
        remove: removes it and returns when it is gone; it may be gone already.
    """

    name: str
    tags: Callable[[Account, str], Tags | None]
    remove: Callable[[Account, str, Report], None]


def as_tags(listed: list[dict[str, str]]) -> Tags:
    """Turn tags as most services list them into a mapping."""
    return {tag["Key"]: tag["Value"] for tag in listed}


def _create(create: Callable[[], object]) -> bool:
    """Make a thing; return False where it is there by now: by somebody else, or by a try that seemed to fail."""
    from botocore.exceptions import ClientError

    try:
        create()
    except ClientError as error:
        if is_taken(error):
            return False
        raise
    return True
