"""`saekdong status`: the endpoints that stand."""

from dataclasses import asdict

import click

from saekdong.cli import options, show


@click.command(epilog=options.examples("saekdong status", "saekdong status --on sagemaker --format json"))
@options.place
@options.output_format("table", "table", "json", "jsonl", "csv")
def command(place: options.Place, form: str) -> int:
    """Show the endpoints: what they serve, where, and how they are. Exit 1 where one is not in service."""
    endpoints = place.platform().status()
    if not endpoints:
        show.message("no endpoints; 'saekdong deploy' makes one")
    if endpoints or form != "table":
        show.records(
            [{**asdict(each), "model": each.model[:12] if form == "table" else each.model} for each in endpoints], form
        )
    return 0 if all(each.status in ("InService", "Updating", "Creating") for each in endpoints) else 1
