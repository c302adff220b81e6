"""`saekdong people log`: who did what when, and the proof that nothing of it was changed."""

import click

from saekdong.cli import options, show
from saekdong.lang import counted
from saekdong.printable import printable_json
from saekdong.workspace import Workspace


@click.command(
    epilog=options.examples(
        "saekdong people log", "saekdong people log --person mina --limit 500", "saekdong people log --format jsonl"
    )
)
@click.option("--person", default="", metavar="NAME", help="Only what this person did.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="The most events, of the latest ones."
)
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.workspace
def command(workspace: Workspace, person: str, limit: int, form: str) -> int:
    """Show the audit log, the oldest event first, and check its proof; exits with 1 if it does not hold.

    Each event carries a hash over itself and the event before, so an event cannot be changed or removed unseen.
    """
    with workspace.loop() as loop:
        events, broken = loop.events(), loop.first_broken_event()
    rows = [
        {
            "event": event.number,
            "at": event.at,
            "by": event.by,
            "what": event.what,
            "details": printable_json(dict(event.details)),
            "hash": event.hash if form != "table" else event.hash[:12],
        }
        for event in events
        if not person or event.by == person
    ]
    show.records(rows[-limit:], form)
    if broken is not None:
        show.message(f"saekdong: the proof breaks at event {broken}: it was changed, or one before it was removed")
        return 1
    last = f"; the last hash is {events[-1].hash}" if events else ""
    show.message(f"saekdong: the proof holds for {counted(len(events), 'event')}{last}")
    return 0
