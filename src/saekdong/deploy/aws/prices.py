"""Price tables: the packaged one, and the user's own as JSON or CSV."""

import csv
import datetime
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from saekdong.errors import SaekdongError
from saekdong.files import cannot_read, read_regular

HOURS_A_MONTH = 730
_COLUMNS = ("region", "resource", "price")
_BY_HOUR = ("hosting", "notebook", "training", "transform", "provisioned")
_BY_MONTH = ("s3", "ecr", "notebook_volume", "alarm")
_OLD_DAYS = 365


@dataclass(frozen=True)
class Prices:
    """A price table.

    Attributes:
        date: when its prices were collected, YYYY-MM-DD.
        source: where they come from.
        currency: such as USD.
        regions: by region, then by use (`hosting`, `notebook`, `training`, `transform`), the price per hour of each
            instance type; by `provisioned`, that of one request kept ready for each memory in MB; and the monthly
            prices `s3`, `ecr` and `notebook_volume` per GB, and `alarm`.
    """

    date: str
    source: str
    currency: str
    regions: Mapping[str, Any]

    @property
    def is_old(self) -> bool:
        """Whether its prices are older than a year."""
        age = datetime.datetime.now(datetime.UTC).date() - datetime.date.fromisoformat(self.date)
        return age.days > _OLD_DAYS

    def instance(self, region: str, use: str, kind: str) -> float | None:
        """Return the price per hour of an instance type, or None if it is unknown."""
        price = self.regions.get(region, {}).get(use, {}).get(kind)
        return None if price is None else float(price)

    def monthly(self, region: str, what: str, amount: float) -> float | None:
        """Return the price per hour of what is priced by the month, or None if it is unknown."""
        price = self.regions.get(region, {}).get(what)
        return None if price is None else float(price) * amount / HOURS_A_MONTH

    @staticmethod
    def month(hour: float) -> float:
        """Return the price per month for a price per hour."""
        return hour * HOURS_A_MONTH


def read_prices(path: Path | None) -> Prices:
    """Return a price table; for None, the packaged one.

    Args:
        path: a `.csv` file with the columns region, resource and price, or a JSON file; docs/aws.md has both forms.

    Raises:
        SaekdongError: it cannot be read or is malformed; for a CSV file, with the line and the field.
    """
    try:
        if path is None:
            return _from_json(
                resources.files("saekdong.deploy.aws").joinpath("data/prices.json").read_text(encoding="utf-8")
            )
        text = read_regular(path).decode("utf-8-sig")
        if path.suffix.lower() == ".csv":
            changed = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC).date()
            return Prices(changed.isoformat(), path.name, "USD", _from_csv(path, text))
        return _from_json(text)
    except OSError as error:
        raise cannot_read(path or Path("prices.json"), error) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SaekdongError(f"{path} is not a price table: {error!r}", fix="see docs/aws.md for its form") from error


def _from_json(text: str) -> Prices:
    content = json.loads(text)
    datetime.date.fromisoformat(content["date"])
    return Prices(content["date"], content["source"], content["currency"], dict(content["regions"]))


def _from_csv(path: Path, text: str) -> dict[str, dict[str, Any]]:
    regions: dict[str, dict[str, Any]] = {}
    for line, row in _rows(path, text):
        place = regions.setdefault(row["region"], {})
        resource = row["resource"]
        use, _, kind = resource.partition(":")
        if use in _BY_HOUR and kind:
            place, resource = place.setdefault(use, {}), kind
        elif resource not in _BY_MONTH:
            known = ", ".join([*(f"{one}:TYPE" for one in _BY_HOUR), *_BY_MONTH])
            raise _wrong(path, line, "resource", resource, f"use one of {known}")
        if resource in place:
            raise _wrong(path, line, "resource", row["resource"], f"{row['region']} has it twice; remove one")
        place[resource] = _price(path, line, row["price"])
    return regions


def _rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    if missing := [name for name in _COLUMNS if name not in names]:
        raise SaekdongError(
            f"{path}, line 1: the column {missing[0]} is missing", fix=f"write {','.join(_COLUMNS)} as the first line"
        )
    reader.fieldnames = names
    for found in reader:
        row = {name: (found.get(name) or "").strip() for name in _COLUMNS}
        for name, value in row.items():
            if not value:
                raise _wrong(path, reader.line_num, name, value, "fill it in, or remove the line")
        yield reader.line_num, row


def _price(path: Path, line: int, text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not 0 <= price < math.inf:
        raise _wrong(path, line, "price", text, "write a number such as 0.1416: US dollars an hour, or a month")
    return price


def _wrong(path: Path, line: int, field: str, value: str, fix: str) -> SaekdongError:
    return SaekdongError(f"{path}, line {line}: the {field} {value!r} is invalid", fix=fix)
