"""`saekdong cost`: the cost of the workspace's AWS resources."""

from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.workspace import Workspace


@click.command(
    epilog=options.examples(
        "saekdong cost", "saekdong cost --profile handson2 --format json", "saekdong cost --prices prices.csv"
    )
)
@click.option(
    "--prices",
    type=options.FILE,
    help="A price table of your own, CSV or JSON (docs/aws.md).",
    show_default="the packaged one",
)
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.aws
@options.workspace
def command(
    workspace: Workspace,
    prices: Path | None,
    form: str,
    profile: str | None,
    credentials: Path | None,
    region: str | None,
) -> int:
    """Estimate the cost of this workspace's AWS resources by the hour and the month, in their present state.

    A resource that the price table does not have is listed as unknown. Requests and traffic are not counted.
    """
    from saekdong.deploy.aws import aws_errors
    from saekdong.deploy.aws.cost import estimate
    from saekdong.deploy.aws.prices import read_prices

    with aws_errors():
        table = read_prices(prices)
        items = estimate(workspace.account(profile, credentials, region), table)
    if items or form != "table":
        show.records([item.as_record(table.currency) for item in items], form, "Existing resources")
    known = [item.hour for item in items if item.hour is not None]
    unknown = len(items) - len(known)
    total = f"{sum(known):.4f} {table.currency} an hour, {table.month(sum(known)):.2f} a month"
    show.message(f"{total}{f', and {unknown} unknown' if unknown else ''}; prices of {table.date} ({table.source})")
    if table.is_old:
        show.message("these prices are older than a year; give AWS's current ones with --prices FILE")
    return 0
