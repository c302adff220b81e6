"""`saekdong status`: list the endpoints."""

from dataclasses import asdict

import click

from saekdong.cli import options, show
from saekdong.model.identity import ModelId

_PLACES = {"local": "on this machine", "sagemaker": "on Amazon SageMaker"}


@click.command(epilog=options.examples("saekdong status", "saekdong status --on sagemaker --format json"))
@options.place
@options.output_format("table", "table", "json", "jsonl", "csv")
def command(place: options.Place, form: str) -> int:
    """List the endpoints: model, address and state. Exit 1 if one is not in service."""
    endpoints = place.platform().status()
    if not endpoints:
        suffix = "" if place.on == "local" else f" --on {place.on}"
        show.message(f"no endpoints {_PLACES[place.on]}; 'saekdong deploy{suffix}' makes one")
    if endpoints or form != "table":
        show.records(
            [{**asdict(each), "model": _shown(each.model, form)} for each in endpoints],
            form,
        )
    return 0 if all(each.status in ("InService", "Updating", "Creating") for each in endpoints) else 1


def _shown(model: ModelId | None, form: str) -> str:
    """Return a model's id: its start in a table, all of it for programs; empty if there is none."""
    return "" if model is None else model.short if form == "table" else model
