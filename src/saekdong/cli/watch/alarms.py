"""`saekdong watch alarms`, `explain` and `snooze`."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.lang import Lang
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.loop import Alarm, Loop


@click.command(epilog=options.examples("saekdong watch alarms", "saekdong watch alarms --all --format csv"))
@click.option("--all", "with_closed", is_flag=True, help="Also list closed alarms.")
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.lang
@options.workspace
def list_alarms(workspace: Workspace, with_closed: bool, form: str, lang: Lang) -> int:
    """List the open alarms, the newest first."""
    with _loop(workspace) as loop:
        alarms = loop.alarms(open_only=not with_closed)
    rows = [
        {
            "number": alarm.number,
            "kind": alarm.kind,
            "what": alarm.evidence[lang],
            "opened": alarm.opened,
            "closed": alarm.closed or "",
            "snoozed_until": alarm.snoozed_until,
        }
        for alarm in alarms
    ]
    if rows or form != "table":
        show.records(rows, form)
    else:
        show.message("saekdong: no alarm is open")
    return 0


@click.command(epilog=options.examples("saekdong watch explain 3", "saekdong watch explain 3 --out why.png"))
@click.argument("number", type=int)
@click.option(
    "--out", type=options.OUT_FILE, metavar="PNG", help="Also draw the photos that moved it above typical ones."
)
@options.output_format("table", "table", "json")
@options.allow_private
@options.lang
@options.workspace
def explain(workspace: Workspace, number: int, out: Path | None, form: str, allow_private: bool, lang: Lang) -> int:
    """Show why alarm NUMBER was raised: what moved, in which feeds, by which photos, and the tags that they got."""
    from saekdong.monitoring.delivery import as_document

    with _loop(workspace) as loop:
        alarm = next((each for each in loop.alarms() if each.number == number), None)
    if alarm is None:
        raise SaekdongError(f"there is no alarm {number}", fix="see 'saekdong watch alarms --all'")
    if form == "json":
        show.json_result(as_document(alarm), form)
    else:
        _show(alarm, lang)
    if out:
        from saekdong.files import write_whole
        from saekdong.monitoring.picture import draw_strips

        write_whole(out, draw_strips(alarm, lang, workspace.root, allow_private=allow_private))
        show.message(f"picture: {out}; above, photos that moved it; below, those of the normal")
    return 0


def _show(alarm: "Alarm", lang: Lang) -> None:
    evidence = alarm.evidence
    show.line(f"{alarm.evidence[lang]}")
    rows = [("opened", alarm.opened), ("last seen", alarm.last_seen), ("closed", alarm.closed or "no")]
    named = {name: evidence[name] for name in ("feeds", "tags") if evidence.get(name)}
    counts = [(name, ", ".join(f"{each} {n:,}" for each, n in every.items())) for name, every in named.items()]
    show.facts([*rows, *counts])
    for product, place in zip(evidence.get("products", ()), evidence.get("photos", ()), strict=False):
        show.line(f"{product}  {place}")


@click.command(epilog=options.examples("saekdong watch snooze 3 2026-12-24"))
@click.argument("number", type=int)
@click.argument("until", type=click.DateTime(["%Y-%m-%d"]))
@options.workspace
def snooze(workspace: Workspace, number: int, until: date) -> int:
    """Do not deliver alarm NUMBER again until the day UNTIL."""
    with _loop(workspace) as loop:
        loop.snooze(options.login_name(), number, f"{until:%Y-%m-%d}")
    show.message(f"saekdong: alarm {number} is snoozed until {until:%Y-%m-%d}")
    return 0


def _loop(workspace: Workspace) -> "Loop":
    from saekdong.loop import Loop

    return Loop.beside(workspace.catalog_file)
