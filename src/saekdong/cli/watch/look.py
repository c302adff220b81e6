"""`saekdong watch run` and `saekdong watch normal`."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from saekdong.cli import options, show
from saekdong.cli.watch.parts import open_watch
from saekdong.errors import SaekdongError
from saekdong.extras import check_extra
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.monitoring.watching import Look


@click.command(
    epilog=options.examples(
        "saekdong watch run",
        "saekdong watch run --accuracy-goal 0.8 --webhook https://chat.example/hooks/1",
        "saekdong watch run --day 2026-11-27",
        "saekdong watch run --email me@shop.example --smtp smtps://me:secret@mail.example",
    )
)
@options.accuracy_goal
@click.option("--webhook", "webhooks", multiple=True, metavar="ADDRESS", help="Send alarms there as JSON.")
@click.option("--email", "emails", multiple=True, metavar="ADDRESS", help="Send alarms there by mail.")
@click.option(
    "--smtp",
    default="smtp://localhost",
    show_default=True,
    metavar="SERVER",
    help="The mail server: smtp://HOST, or smtps://USER:PASSWORD@HOST.",
)
@click.option("--topic", "topics", multiple=True, metavar="ARN", help="Publish alarms to this Amazon SNS topic.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Look as if it were noon of this day. [default: now]")
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(
    workspace: Workspace,
    accuracy_goal: float | None,
    webhooks: tuple[str, ...],
    emails: tuple[str, ...],
    smtp: str,
    topics: tuple[str, ...],
    day: datetime | None,
    form: str,
    lang: Lang,
) -> int:
    """Look at what came in since the last look, and raise an alarm if it differs from the normal beyond chance.

    Run it once a day, after 'catalog add'. A second run on the same day prints what the first one found. Endpoints,
    feeds and the disk are checked at each run. The first look makes the normal of the products that the catalog has.
    Exits with 1 if an alarm is open.
    """
    if topics:
        check_extra("aws", "saekdong watch run --topic")
    from saekdong.monitoring.delivery import Delivery, as_document

    delivery = Delivery(webhooks, emails, smtp, topics, lang)
    with open_watch(workspace, accuracy_goal, lambda alarm: delivery.send(watch.loop, alarm), day) as watch:
        look = watch.look(options.login_name())
        alarms = watch.loop.alarms(open_only=True)
        if form == "json":
            show.json_result({**look.to_json(), "open": [as_document(alarm) for alarm in alarms]}, form)
        else:
            _show(look)
            for alarm in alarms:
                show.line(f"alarm {alarm.number} ({alarm.kind}): {alarm.evidence[lang]}")
    for problem in delivery.problems:
        show.message(f"saekdong: {problem}")
    return 1 if alarms else 0


def _show(look: "Look") -> None:
    came = f"{counted(look.products, 'product')} came in, in {counted(look.batches, 'batch', 'batches')}"
    show.line(f"{look.day}: {came}")
    if not look.has_normal:
        show.message("saekdong: nothing to compare with yet: a normal needs 300 products with photos, in 40 batches")
    elif not look.is_compared:
        show.message("saekdong: what the catalog has now is the normal; the next looks compare with it")
    for kind, level in (look.levels or {}).items():
        show.line(f"evidence, {kind}: {_share_of_threshold(level)} of what raises an alarm")
    if look.closed:
        show.line(f"closed: {', '.join(f'alarm {number}' for number in look.closed)}")


def _share_of_threshold(level: float) -> str:
    return "all" if level >= 0 else f"{10**level:.2g}"


@click.command(
    epilog=options.examples("saekdong watch normal --why 'new studio, white ground'"),
)
@click.option("--why", required=True, help="The reason, for the audit log.")
@options.workspace
def normal(workspace: Workspace, why: str) -> int:
    """Make the products that the catalog has now the new normal, such as after the shop moved to another studio."""
    with open_watch(workspace) as watch:
        if not watch.set_normal(options.login_name(), why):
            raise SaekdongError(
                "the catalog has too few products with photos for a normal; it needs 300, in 40 batches",
                fix="add more with 'saekdong catalog add FEED'",
            )
    show.message("saekdong: what the catalog has now is the normal")
    return 0
