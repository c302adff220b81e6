"""The cost of the existing AWS resources, by the hour and the month, from a dated price table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.alarm import ALARM
from saekdong.deploy.aws.autoscaling import SCALING
from saekdong.deploy.aws.bucket import BUCKET, sizes
from saekdong.deploy.aws.endpoint import ENDPOINT
from saekdong.deploy.aws.ledger import LedgerEntry
from saekdong.deploy.aws.notebook import NOTEBOOK
from saekdong.deploy.aws.prices import Prices
from saekdong.deploy.aws.refusals import aws_refusal
from saekdong.deploy.aws.repository import REPOSITORY
from saekdong.deploy.aws.resource import describe_resource
from saekdong.deploy.aws.teardown import here, is_standing
from saekdong.deploy.aws.training import TRAINING_JOB
from saekdong.deploy.aws.transform import TRANSFORM_JOB

_GB = 1e9


@dataclass(frozen=True)
class CostItem:
    """The cost of one resource.

    Attributes:
        kind: its kind, as in the ledger.
        name: its name.
        what: the part of it that costs.
        hour: the price per hour, or None if unknown.
    """

    kind: str
    name: str
    what: str
    hour: float | None

    def as_record(self, currency: str) -> dict[str, object]:
        """Return the item as a table row."""
        month = None if self.hour is None else Prices.month(self.hour)
        return {
            "kind": self.kind,
            "name": self.name,
            "what": self.what,
            f"{currency} an hour": "unknown" if self.hour is None else round(self.hour, 5),
            f"{currency} a month": "unknown" if month is None else round(month, 2),
        }


def estimate(account: Account, prices: Prices) -> list[CostItem]:
    """Return the items of the workspace's resources in the account and region that cost something."""
    return [item for entry in here(account) for item in _cost(account, prices, entry)]


def _cost(account: Account, prices: Prices, entry: LedgerEntry) -> Iterable[CostItem]:
    """Return a resource's items; with an unknown price if AWS denies the look-up, so that the rest is still counted."""
    from botocore.exceptions import ClientError

    try:
        return list(_items(account, prices, entry)) if is_standing(account, entry) else []
    except ClientError as error:
        return [CostItem(entry.kind, entry.name, aws_refusal(error).problem, None)]


def _items(account: Account, prices: Prices, entry: LedgerEntry) -> Iterator[CostItem]:
    region = account.session.region
    if entry.kind == ENDPOINT.name:
        yield from _endpoint(account, prices, entry)
    elif entry.kind == NOTEBOOK.name:
        yield from _notebook(account, prices, entry)
    elif entry.kind in (TRAINING_JOB.name, TRANSFORM_JOB.name):
        yield from _job(account, prices, entry)
    elif entry.kind == BUCKET.name:
        stored = sum(sizes(account, entry.name)) / _GB
        yield CostItem(entry.kind, entry.name, f"{stored:.3f} GB", prices.monthly(region, "s3", stored))
    elif entry.kind == REPOSITORY.name:
        pages = account.client("ecr").get_paginator("describe_images").paginate(repositoryName=entry.name)
        stored = sum(image.get("imageSizeInBytes", 0) for page in pages for image in page["imageDetails"]) / _GB
        yield CostItem(entry.kind, entry.name, f"{stored:.3f} GB", prices.monthly(region, "ecr", stored))
    elif entry.kind == ALARM.name:
        yield CostItem(entry.kind, entry.name, "1 alarm", prices.monthly(region, "alarm", 1))
    elif entry.kind == SCALING.name:
        yield CostItem(entry.kind, entry.name, "2 alarms of its policy", prices.monthly(region, "alarm", 2))


def _endpoint(account: Account, prices: Prices, entry: LedgerEntry) -> Iterator[CostItem]:
    found = describe_resource(account, "endpoint", EndpointName=entry.name)
    if found is None or found["EndpointStatus"] in ("Failed", "Deleting"):
        return
    config = describe_resource(account, "endpoint_config", EndpointConfigName=found["EndpointConfigName"]) or {}
    counts = {one["VariantName"]: one.get("CurrentInstanceCount") for one in found.get("ProductionVariants", [])}
    for variant in config.get("ProductionVariants", []):
        if "ServerlessConfig" in variant:
            yield _serverless(account, prices, entry, variant["ServerlessConfig"])
            continue
        running = counts.get(variant["VariantName"])
        count = variant["InitialInstanceCount"] if running is None else running
        price = prices.instance(account.session.region, "hosting", variant["InstanceType"])
        hour = None if price is None else price * count
        yield CostItem(entry.kind, entry.name, f"{count} x {variant['InstanceType']}", hour)


def _serverless(account: Account, prices: Prices, entry: LedgerEntry, capacity: dict[str, int]) -> CostItem:
    ready = capacity.get("ProvisionedConcurrency", 0)
    if not ready:
        return CostItem(entry.kind, entry.name, "serverless: nothing but requests", 0.0)
    memory = capacity["MemorySizeInMB"]
    price = prices.instance(account.session.region, "provisioned", str(memory))
    hour = None if price is None else price * ready
    return CostItem(entry.kind, entry.name, f"{ready} x {memory} MB kept ready, and requests", hour)


def _notebook(account: Account, prices: Prices, entry: LedgerEntry) -> Iterator[CostItem]:
    found = describe_resource(account, "notebook_instance", NotebookInstanceName=entry.name)
    if found is None:
        return
    region = account.session.region
    if found["NotebookInstanceStatus"] not in ("Stopped", "Failed"):
        price = prices.instance(region, "notebook", found["InstanceType"])
        yield CostItem(entry.kind, entry.name, found["InstanceType"], price)
    volume = found.get("VolumeSizeInGB", 5)
    yield CostItem(entry.kind, entry.name, f"{volume} GB volume", prices.monthly(region, "notebook_volume", volume))


def _job(account: Account, prices: Prices, entry: LedgerEntry) -> Iterator[CostItem]:
    what = entry.kind.partition(" ")[0]
    title = what.capitalize()
    found = describe_resource(account, f"{what}_job", **{f"{title}JobName": entry.name})
    if found is None or found[f"{title}JobStatus"] not in ("InProgress", "Stopping"):
        return
    used = found["ResourceConfig"] if what == "training" else found["TransformResources"]
    price = prices.instance(account.session.region, what, used["InstanceType"])
    hour = None if price is None else price * used["InstanceCount"]
    yield CostItem(entry.kind, entry.name, f"{used['InstanceCount']} x {used['InstanceType']}, while it runs", hour)
