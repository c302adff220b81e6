"""`saekdong catalog check`: check the filter's tables against the products, and rebuild them."""

import click

from saekdong.cli import options, show
from saekdong.lang import counted
from saekdong.workspace import Workspace


@click.command(
    epilog=options.examples(
        "saekdong catalog check",
        "saekdong catalog check --repair",
        "saekdong catalog check --format json || echo 'see docs/filter.md'",
    )
)
@click.option("--repair", is_flag=True, help="Rebuild the filter's tables if they do not match the products.")
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.workspace
def command(workspace: Workspace, repair: bool, form: str) -> int:
    """Compare the filter's tables with what they should be for the products in the catalog.

    Prints how many rows of each table differ; exit code 1 if some do. Saekdong's own writing keeps them equal, but a
    damaged disk, a copy made during a write, or other programs can make them differ. Corrections and the model's tags
    are not in these tables: a repair loses nothing.
    """
    store = workspace.catalog(make=False) if repair else workspace.catalog_to_read()
    apart = store.check()
    count = sum(apart.values())
    if repair and count:
        store.rebuild()
        show.message(f"saekdong: {counted(count, 'row')} did not match; the filter's tables are rebuilt")
        apart = store.check()
        count = sum(apart.values())
    show.records([{"table": table, "apart": rows} for table, rows in apart.items()], form)
    store.close()
    if count:
        show.message(f"saekdong: {counted(count, 'wrong row')}; repair them with 'saekdong catalog check --repair'")
    return 1 if count else 0
