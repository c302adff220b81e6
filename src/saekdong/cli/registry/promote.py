"""`saekdong registry promote` and `rollback`: another version becomes the champion, and the catalog's tags follow."""

import sys
from typing import TYPE_CHECKING

import click

from saekdong.cli import endpoints, options, show
from saekdong.cli.registry.canary import show_canary
from saekdong.cli.registry.diff import comparing, least, show_difference
from saekdong.cli.registry.gate import show_gate
from saekdong.cli.registry.opening import opened_promoter, opened_to_read
from saekdong.errors import SaekdongError
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.loop import ModelVersion
    from saekdong.registry.difference import Difference
    from saekdong.registry.promotion import Promoted, Promoter

_yes = click.option("--yes", is_flag=True, help="Do it without asking.")
_why = click.option("--why", default="", metavar="TEXT", help="The reason, for the history.")


@click.command(
    epilog=options.examples(
        "saekdong registry promote challenger",
        "saekdong registry promote shop@7 --why 'knows mint now' --yes",
        "saekdong registry promote challenger --force --why 'the shop is new' --yes",
        "saekdong registry promote challenger --canary 10%",
        "saekdong registry promote --resume",
    )
)
@click.argument("version", required=False)
@click.option("--resume", is_flag=True, help="Continue a promotion or rollback that was stopped.")
@click.option(
    "--canary",
    metavar="PERCENT",
    callback=lambda _context, _option, text: _share(text) if text else None,
    help="Give only this part of the products its tags, by feeds; people compare, then promote it or roll back.",
)
@click.option("--force", is_flag=True, help="Promote though the gate is not passed; needs --why, and is logged.")
@least
@options.accuracy_goal
@_why
@_yes
@options.by
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def promote(
    workspace: Workspace,
    version: str | None,
    resume: bool,
    canary: float | None,
    force: bool,
    least: float,
    accuracy_goal: float | None,
    why: str,
    yes: bool,
    by: str,
    form: str,
    lang: Lang,
) -> int:
    """Make VERSION the champion: it tags photos, products that 'registry diff' names get its tags, endpoints follow.

    Shows what would change and whether the gate is passed ('saekdong registry gate'), and asks. No photo is decoded.
    Endpoints that serve the champion before get the new one; others are named. If it is stopped, --resume does the
    rest; 'saekdong registry rollback' takes it back.
    """
    if force and not why:
        raise click.UsageError("--force needs a reason: add --why TEXT")
    if resume == bool(version):
        raise click.UsageError("give a VERSION, or --resume to continue a promotion that was stopped")
    from saekdong.registry.gate import Gate

    if canary and not workspace.catalog_file.exists():
        raise click.UsageError("--canary needs a catalog: fill one with 'saekdong catalog add FEED'")
    if not workspace.catalog_file.exists():
        return _name_champion(workspace, version, by, why, form)
    with opened_promoter(workspace, by) as promoter:
        if resume:
            return _resume(promoter, form)
        new = promoter.loop.version(version or "")
        if canary:
            return _try_out(promoter, new, canary, by, why, least, form, yes=yes)
        promoter.job.check_ended(new)
        with comparing(promoter.store) as on_progress:
            report = Gate(promoter, accuracy_goal).judge(new, least, on_progress)
        if form != "json":
            show_difference(report.difference, workspace, lang)
            show_gate(report)
        if not report.passes and not force:
            raise SaekdongError(
                f"{new} does not pass the gate",
                fix="see 'saekdong registry gate', or give --force with a reason in --why",
            )
        if not yes and not agreed(f"Make {new} the champion?"):
            return 1
        promoter.loop.record(by, "gate", version=str(new), passes=report.passes, forced=not report.passes, why=why)
        with comparing(promoter.store, "Promoting") as on_progress:
            promoted = promoter.promote(new, by, why, least, on_progress)
    return _report(promoted, form)


@click.command(
    epilog=options.examples("saekdong registry rollback", "saekdong registry rollback --why 'reds became pink' --yes")
)
@_why
@_yes
@options.by
@options.output_format("table", "table", "json")
@options.workspace
def roll_back(workspace: Workspace, why: str, yes: bool, by: str, form: str) -> int:
    """Make the champion before the present one the champion again; what the present one tagged, it tags again.

    If a version is on trial ('registry promote --canary'), only that is taken back: the champion tags again what it
    tagged.
    """
    from saekdong.registry.canary import CanaryTrial

    with opened_promoter(workspace, by) as promoter:
        if canary := CanaryTrial(promoter).current():
            if not yes and not agreed(f"Take {canary.version} back, which is on trial?"):
                return 1
            with comparing(promoter.store, "Rolling back") as on_progress:
                difference = CanaryTrial(promoter).end(by, why, on_progress)
            return _report_trial(promoter, difference, form)
        earlier = promoter.previous()
        promoter.job.check_ended(earlier)
        if not yes and not agreed(f"Make {earlier} the champion again?"):
            return 1
        with comparing(promoter.store, "Rolling back") as on_progress:
            promoted = promoter.roll_back(by, why, on_progress)
    return _report(promoted, form)


def agreed(question: str) -> bool:
    """Ask on the terminal, and return whether the person agrees.

    Raises:
        SaekdongError: there is no terminal.
    """
    if not sys.stdin.isatty():
        raise SaekdongError("there is no terminal to ask on, so nothing is changed", fix="agree with --yes")
    answer = click.confirm(question, err=True)
    if not answer:
        show.message("saekdong: nothing is changed")
    return answer


def _share(text: str) -> float:
    """Return the part that a text such as 10% or 10 names, 0 to 1.

    Raises:
        click.BadParameter: it is not from above 0 to below 100.
    """
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = 0.0
    if not 0 < percent < 100:
        raise click.BadParameter(f"{text} is not a part of the products; give one such as 10%", param_hint="--canary")
    return percent / 100


def _try_out(
    promoter: "Promoter", new: "ModelVersion", share: float, by: str, why: str, least: float, form: str, *, yes: bool
) -> int:
    """Put a version on trial in a part of the shop."""
    from saekdong.registry.canary import CanaryTrial

    if not yes and not agreed(f"Give about {share:.0%} of the products the tags of {new}?"):
        return 1
    with comparing(promoter.store, "Tagging") as on_progress:
        difference = CanaryTrial(promoter).begin(new, share, by, why, least, on_progress)
    return _report_trial(promoter, difference, form)


def _report_trial(promoter: "Promoter", difference: "Difference", form: str) -> int:
    from saekdong.registry.canary import CanaryTrial

    report = CanaryTrial(promoter).report()
    if form == "json":
        show.json_result({"canary": report and report.to_json(), **difference.to_json()}, form)
    else:
        changed = counted(difference.changed, "product")
        show.message(f"saekdong: {changed} got other labels, {difference.compared:,} compared")
        show_canary(report)
    return 0


def _resume(promoter: "Promoter", form: str) -> int:
    from saekdong.registry.canary import CanaryTrial

    with comparing(promoter.store, "Promoting") as on_progress:
        trial = CanaryTrial(promoter).resume(on_progress)
        promoted = promoter.resume(on_progress)
    return _report_trial(promoter, trial, form) if trial and not promoted else _report(promoted, form)


def _name_champion(workspace: Workspace, version: str | None, by: str, why: str, form: str) -> int:
    """Make a version the champion of a workspace without a catalog: there is nothing to tag again."""
    from saekdong.registry.promotion import ChampionChange

    with opened_to_read(workspace) as loop:
        change = ChampionChange(loop, workspace.champion_endpoints(show.message).follow)
        run = change.begin(loop.version(version), by, why) if version else change.unfinished()
        return _report(change.carry_out(run) if run else None, form)


def _report(promoted: "Promoted | None", form: str) -> int:
    """Print what a promotion did; return 1 if an endpoint did not follow."""
    if promoted is None:
        show.message("saekdong: no promotion was stopped; nothing is changed")
        return 0
    difference = promoted.difference
    if form == "json":
        show.json_result(promoted.to_json(), form)
    else:
        changed = counted(difference.changed, "product")
        show.message(
            f"saekdong: {promoted.version} is the champion; {changed} got other labels, "
            f"{difference.compared:,} compared"
        )
    if difference.missing:
        show.message(
            f"saekdong: {counted(difference.missing, 'product')} kept their tags, since features of their photos are "
            "not stored; fill them in with 'saekdong catalog features', then promote again"
        )
    return endpoints.show_followed(promoted.endpoints)
