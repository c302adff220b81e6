"""`saekdong catalog corrections`: write people's corrections, for `saekdong teach`."""

import io
from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.lang import counted
from saekdong.workspace import Workspace


@click.command(
    epilog=options.examples(
        "saekdong catalog corrections --out corrections.csv",
        "saekdong teach corrections.csv --out models/shop",
        "saekdong catalog corrections | cut -d, -f1 | saekdong tag -",
    )
)
@click.option("--out", type=options.OUT_FILE, metavar="FILE", help="The file to write. [default: stdout]")
@options.workspace
def command(workspace: Workspace, out: Path | None) -> int:
    """Write the photos of corrected products, with the labels that people chose, as 'teach' reads them.

    The columns are photo and labels. Products corrected to 'other', and products that are gone, are left out.
    """
    from saekdong.catalog.corrections import write_corrections
    from saekdong.files import write_whole

    text = io.StringIO()
    written = write_corrections(workspace.catalog_to_read().corrections(), text)
    if out:
        write_whole(out, text.getvalue())
    else:
        click.echo(text.getvalue(), nl=False)
    show.message(f"saekdong: {counted(written.photos, 'corrected photo')}")
    for count, reason in (
        (written.other, "corrected to other alone"),
        (written.without_photo, "without a stored photo"),
    ):
        if count:
            show.message(f"saekdong: {counted(count, 'product')} left out: {reason}")
    return 0
