"""`saekdong watch status`: how the shop is doing."""

from typing import TYPE_CHECKING

import click

from saekdong.cli import options, show
from saekdong.cli.watch.parts import open_watch
from saekdong.lang import Lang
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.monitoring.status import Status


@click.command(epilog=options.examples("saekdong watch status", "saekdong watch status --format json"))
@options.accuracy_goal
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(workspace: Workspace, accuracy_goal: float | None, form: str, lang: Lang) -> int:
    """Show how the shop is doing: its lamp, how accurate its tags are, open alarms, and what waits for an answer.

    Exits with 1 if the lamp is yellow or red.
    """
    from saekdong.monitoring.status import read_status

    with open_watch(workspace, accuracy_goal) as watch:
        status = read_status(watch)
    if form == "json":
        show.json_result(status.to_json(), form)
    else:
        _show(status, lang)
    return 1 if status.lamp in ("yellow", "red") else 0


def _show(status: "Status", lang: Lang) -> None:
    once = status.accuracy.once
    accuracy = (
        f"{once.value:.1%} (95%: {once.low:.1%} to {once.high:.1%}, {once.answers:,} answers)" if once else "unknown"
    )
    open_items = ", ".join(f"{purpose} {n:,}" for purpose, n in status.open_items.items()) or "nothing"
    rows = [
        ("lamp", status.lamp),
        ("model", status.champion),
        ("first tag right", accuracy),
        ("goal", f"{status.goal:.1%}" if status.goal is not None else "none; set accuracy_goal in saekdong.toml"),
        ("last look", status.last_look or "none; run 'saekdong watch run'"),
        ("waiting for an answer", open_items),
        ("answers", f"{status.answers:,}"),
    ]
    show.facts(rows)
    for alarm in status.alarms:
        show.line(f"alarm {alarm.number} ({alarm.kind}): {alarm.evidence[lang]}")
