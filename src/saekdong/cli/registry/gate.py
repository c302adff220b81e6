"""`saekdong registry gate`: what a version must pass before it becomes the champion."""

from typing import TYPE_CHECKING

import click

from saekdong.cli import options, show
from saekdong.cli.registry.diff import comparing, least
from saekdong.cli.registry.opening import opened_promoter
from saekdong.lang import counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.registry.gate import GateReport


@click.command(
    epilog=options.examples(
        "saekdong registry gate challenger --ask",
        "saekdong registry gate challenger",
        "saekdong registry gate shop@7 --format json",
    )
)
@click.argument("version")
@click.option("--ask", is_flag=True, help="Put products whose first label would change into the review queue.")
@least
@options.accuracy_goal
@options.seed
@options.by
@options.output_format("table", "table", "json")
@options.workspace
def command(
    workspace: Workspace,
    version: str,
    ask: bool,
    least: float,
    accuracy_goal: float | None,
    seed: int,
    by: str,
    form: str,
) -> int:
    """Check whether VERSION may become the champion; exits with 1 if not.

    People must find it better on products whose first label would change, asked blind; the accuracy goal must be met on
    the audit; no label may lose more than 5 points of recall; no product may lose all labels, and at most 20% may
    change; the artifact must give its own tags again.
    """
    from saekdong.registry.gate import Gate

    with opened_promoter(workspace, by) as promoter:
        new, gate = promoter.loop.version(version), Gate(promoter, accuracy_goal)
        if ask:
            with comparing(promoter.store) as on_progress:
                asked = gate.ask(new, seed, least, on_progress)
            show.message(f"saekdong: {counted(asked, 'product')} added to the review queue")
        with comparing(promoter.store) as on_progress:
            report = gate.judge(new, least, on_progress)
    if form == "json":
        show.json_result(report.to_json(), form)
    else:
        show_gate(report)
    return 0 if report.passes else 1


def show_gate(report: "GateReport") -> None:
    """Print the checks with a mark and the reason each."""
    click.echo(f"gate: {report.version} instead of {report.champion}")
    show.facts([("✓" if check.passes else "✗", f"{check.name}: {check.reason}") for check in report.checks])
