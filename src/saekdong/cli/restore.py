"""`saekdong restore`: bring back what a backup holds."""

import sys
from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.lang import counted
from saekdong.workspace import Workspace


@click.command(epilog=options.examples("saekdong restore loop-2026-11-27.db", "saekdong restore backup.db --yes"))
@click.argument("file", type=options.FILE)
@click.option("--yes", is_flag=True, help="Replace what the workspace has without asking.")
@options.workspace
def command(workspace: Workspace, file: Path, yes: bool) -> int:
    """Replace the workspace's answers, models, alarms and audit log by those in FILE, which 'backup' wrote.

    The catalog then gets the corrections that the answers give. Nothing else may use the workspace meanwhile.
    """
    from saekdong.loop import Loop
    from saekdong.loop.backups import restore
    from saekdong.review.corrections import reconcile

    target = workspace.loop_file
    if target.exists() and not yes and not _agreed(target):
        show.message("saekdong: nothing is changed")
        return 1
    restore(file, target)
    with Loop.open(target) as loop:
        show.message(
            f"saekdong: {counted(len(loop.answers()), 'answer')} and {counted(len(loop.versions()), 'version')}"
        )
        if workspace.catalog_file.exists():
            with workspace.catalog(make=False) as store:
                changed = reconcile(loop, store)
            show.message(f"saekdong: {counted(changed, 'product')} of the catalog got other labels by people")
    return 0


def _agreed(target: Path) -> bool:
    from saekdong.loop import Loop

    with Loop.open(target) as loop:
        answers = len(loop.answers())
    if not sys.stdin.isatty():
        raise SaekdongError(
            f"{target} has {counted(answers, 'answer')}, and there is no terminal to ask on", fix="agree with --yes"
        )
    return click.confirm(f"Replace {target}, which has {counted(answers, 'answer')}?", err=True)
