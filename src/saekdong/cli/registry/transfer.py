"""`saekdong registry export` and `import`: a version as one file."""

from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.cli.registry.opening import opened_to_read
from saekdong.workspace import Workspace


@click.command(
    epilog=options.examples(
        "saekdong registry export champion shop.tar", "scp shop.tar other:", "saekdong registry import shop.tar"
    )
)
@click.argument("version")
@click.argument("file", type=options.OUT_FILE)
@options.workspace
def export(workspace: Workspace, version: str, file: Path) -> int:
    """Write VERSION to FILE: its artifact with its lineage, for another workspace."""
    from saekdong.registry.version_file import export_version

    with opened_to_read(workspace) as loop:
        found = loop.version(version)
        export_version(loop, found, file)
    show.message(f"saekdong: {found} is written to {file}")
    return 0


@click.command(
    epilog=options.examples(
        "saekdong registry import shop.tar",
        "saekdong registry import models/shop",
        "saekdong registry promote shop",
    )
)
@click.argument("file", type=options.FILE)
@options.by
@options.workspace
def import_file(workspace: Workspace, file: Path, by: str) -> int:
    """Register the version that FILE holds: one that was exported, a model.tar.gz, or the folder of one.

    A model that is registered already keeps its version. Nothing else changes: promote it to let it tag.
    """
    from saekdong.registry.registering import champion_of
    from saekdong.registry.version_file import import_version

    with workspace.loop() as loop:
        champion_of(loop, workspace.catalog_model(), by)
        version = import_version(loop, by, file)
    click.echo(str(version))
    show.message(f"next: saekdong registry diff champion {version}")
    show.message(f"      saekdong registry gate {version} --ask")
    show.message(f"      saekdong registry promote {version}")
    return 0
