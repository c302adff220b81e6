"""What stands on AWS costs, by the hour and the month, as a dated price table has it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from saekdong.aws.account import Account
from saekdong.aws.alarm import ALARM
from saekdong.aws.bucket import BUCKET, sizes
from saekdong.aws.endpoint import ENDPOINT
from saekdong.aws.ledger import Entry
from saekdong.aws.notebook import NOTEBOOK
from saekdong.aws.repository import REPOSITORY
from saekdong.aws.resource import describe
from saekdong.aws.teardown import standing
from saekdong.aws.training import TRAINING_JOB
from saekdong.aws.transform import TRANSFORM_JOB
from saekdong.errors import SaekdongError
from saekdong.files import cannot_read

HOURS_A_MONTH = 730
_GB = 1e9


@dataclass(frozen=True)
class Prices:
    """A price table.

    Attributes:
        date: when its prices were collected, YYYY-MM-DD.
        source: where they are from.
        currency: as USD.
        regions: by region, then by use (`hosting`, `notebook`, `training`, `transform`) the price an hour of each type
            of instance; and `s3`, `ecr`, `notebook_volume` a GB and month, `alarm` a month.
    """

    date: str
    source: str
    currency: str
    regions: Mapping[str, Any]

    def instance(self, region: str, use: str, kind: str) -> float | None:
        """Return the price an hour of a type of instance, or None where it is not known."""
        price = self.regions.get(region, {}).get(use, {}).get(kind)
        return None if price is None else float(price)

    def monthly(self, region: str, what: str, amount: float) -> float | None:
        """Return the price an hour of what is priced by the month, or None where it is not known."""
        price = self.regions.get(region, {}).get(what)
        return None if price is None else float(price) * amount / HOURS_A_MONTH

    @staticmethod
    def month(hour: float) -> float:
        """Return the price a month of a price an hour."""
        return hour * HOURS_A_MONTH


@dataclass(frozen=True)
class Item:
    """What a thing costs.

    Attributes:
        kind: what it is.
        name: its name.
        what: what of it costs.
        hour: the price an hour, or None where it is not known.
    """

    kind: str
    name: str
    what: str
    hour: float | None

    def as_record(self, currency: str) -> dict[str, object]:
        """Return it as a row of a table."""
        month = None if self.hour is None else Prices.month(self.hour)
        return {
            "kind": self.kind,
            "name": self.name,
            "what": self.what,
            f"{currency} an hour": "unknown" if self.hour is None else round(self.hour, 5),
            f"{currency} a month": "unknown" if month is None else round(month, 2),
        }


def read_prices(path: Path | None) -> Prices:
    """Return a price table, or the one that comes along for None.

    Raises:
        SaekdongError: it cannot be read, or is of another form.
    """
    try:
        if path is None:
            text = resources.files("saekdong.aws").joinpath("data/prices.json").read_text(encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
        content = json.loads(text)
        return Prices(content["date"], content["source"], content["currency"], dict(content["regions"]))
    except OSError as error:
        raise cannot_read(path or Path("prices.json"), error) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SaekdongError(f"{path} is not a price table: {error!r}", fix="see docs/aws.md for its form") from error


def estimate(account: Account, prices: Prices) -> list[Item]:
    """Return what each thing of the workspace costs that stands in the account and region and costs something."""
    return [item for entry in standing(account) for item in _items(account, prices, entry)]


def _items(account: Account, prices: Prices, entry: Entry) -> Iterator[Item]:
    region = account.session.region
    if entry.kind == ENDPOINT.name:
        yield from _endpoint(account, prices, entry)
    elif entry.kind == NOTEBOOK.name:
        yield from _notebook(account, prices, entry)
    elif entry.kind in (TRAINING_JOB.name, TRANSFORM_JOB.name):
        yield from _job(account, prices, entry)
    elif entry.kind == BUCKET.name:
        stored = sum(sizes(account, entry.name)) / _GB
        yield Item(entry.kind, entry.name, f"{stored:.3f} GB", prices.monthly(region, "s3", stored))
    elif entry.kind == REPOSITORY.name:
        pages = account.client("ecr").get_paginator("describe_images").paginate(repositoryName=entry.name)
        stored = sum(image.get("imageSizeInBytes", 0) for page in pages for image in page["imageDetails"]) / _GB
        yield Item(entry.kind, entry.name, f"{stored:.3f} GB", prices.monthly(region, "ecr", stored))
    elif entry.kind == ALARM.name:
        yield Item(entry.kind, entry.name, "1 alarm", prices.monthly(region, "alarm", 1))


def _endpoint(account: Account, prices: Prices, entry: Entry) -> Iterator[Item]:
    found = describe(account, "endpoint", EndpointName=entry.name)
    if found is None or found["EndpointStatus"] in ("Failed", "Deleting"):
        return
    config = describe(account, "endpoint_config", EndpointConfigName=found["EndpointConfigName"]) or {}
    counts = {one["VariantName"]: one.get("CurrentInstanceCount") for one in found.get("ProductionVariants", [])}
    for variant in config.get("ProductionVariants", []):
        if "ServerlessConfig" in variant:
            yield Item(entry.kind, entry.name, "serverless: nothing but requests", 0.0)
            continue
        count = counts.get(variant["VariantName"]) or variant["InitialInstanceCount"]
        price = prices.instance(account.session.region, "hosting", variant["InstanceType"])
        hour = None if price is None else price * count
        yield Item(entry.kind, entry.name, f"{count} x {variant['InstanceType']}", hour)


def _notebook(account: Account, prices: Prices, entry: Entry) -> Iterator[Item]:
    found = describe(account, "notebook_instance", NotebookInstanceName=entry.name)
    if found is None:
        return
    region = account.session.region
    if found["NotebookInstanceStatus"] not in ("Stopped", "Failed"):
        price = prices.instance(region, "notebook", found["InstanceType"])
        yield Item(entry.kind, entry.name, found["InstanceType"], price)
    volume = found.get("VolumeSizeInGB", 5)
    yield Item(entry.kind, entry.name, f"{volume} GB volume", prices.monthly(region, "notebook_volume", volume))


def _job(account: Account, prices: Prices, entry: Entry) -> Iterator[Item]:
    what = entry.kind.partition(" ")[0]
    title = what.capitalize()
    found = describe(account, f"{what}_job", **{f"{title}JobName": entry.name})
    if found is None or found[f"{title}JobStatus"] not in ("InProgress", "Stopping"):
        return
    used = found["ResourceConfig"] if what == "training" else found["TransformResources"]
    price = prices.instance(account.session.region, what, used["InstanceType"])
    hour = None if price is None else price * used["InstanceCount"]
    yield Item(entry.kind, entry.name, f"{used['InstanceCount']} x {used['InstanceType']}, while it runs", hour)
