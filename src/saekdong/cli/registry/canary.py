"""`saekdong registry canary`: how a version on trial does."""

from typing import TYPE_CHECKING

import click

from saekdong.cli import options, show
from saekdong.cli.registry.opening import opened_promoter
from saekdong.lang import counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.registry.canary import CanaryReport


@click.command(epilog=options.examples("saekdong registry canary", "saekdong registry canary --format json"))
@options.output_format("table", "table", "json")
@options.workspace
def command(workspace: Workspace, form: str) -> int:
    """Show the version on trial: its feeds, and what people found where its first label differs, asked blind.

    'registry promote --canary' begins a trial, 'registry promote' gives the whole shop its tags, 'registry rollback'
    takes it back.
    """
    from saekdong.registry.canary import CanaryTrial

    with opened_promoter(workspace, options.login_name()) as promoter:
        report = CanaryTrial(promoter).report()
    if form == "json":
        show.json_result({"canary": report and report.to_json()}, form)
    else:
        show_canary(report)
    return 0


def show_canary(report: "CanaryReport | None") -> None:
    """Print how a version on trial does."""
    if report is None:
        show.message("saekdong: no version is on trial")
        return
    canary, test = report.canary, report.test
    part = ", ".join(canary.feeds) or f"{canary.share:.0%} of the products of all feeds, by chance"
    rows = [
        ("on trial", str(canary.version)),
        ("where", part),
        ("products", f"{report.products:,}; {report.tagged:,} have its tags"),
        ("asked", counted(report.asked, "product")),
        ("answers", f"{test.answers}: {test.wins} for it, {test.losses} against it; {test.verdict}"),
    ]
    show.facts(rows)
    show.message(f"next: saekdong registry promote {canary.version}, or saekdong registry rollback")
