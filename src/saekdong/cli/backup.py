"""`saekdong backup`: a copy of what people said and which models were in use."""

from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.lang import counted
from saekdong.workspace import Workspace


@click.command(epilog=options.examples("saekdong backup loop-2026-11-27.db", "saekdong restore loop-2026-11-27.db"))
@click.argument("file", type=options.OUT_FILE)
@options.workspace
def command(workspace: Workspace, file: Path) -> int:
    """Write to FILE what cannot be made again: answers, models with their history, alarms and the audit log.

    It is taken at one moment, while others may write. The catalog and the photos' features are not in it: adding the
    feeds makes them again.
    """
    from saekdong.loop import Loop

    source = workspace.loop_file
    if not source.exists():
        raise SaekdongError(
            f"there is nothing to back up: {source} does not exist", fix="answer or add something first"
        )
    with Loop.open(source) as loop:
        loop.back_up(file)
        answers, versions = len(loop.answers()), len(loop.versions())
    show.message(f"saekdong: {counted(answers, 'answer')} and {counted(versions, 'version')} are in {file}")
    return 0
