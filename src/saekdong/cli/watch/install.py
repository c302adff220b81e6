"""`saekdong watch install`: run it every day."""

import shlex
import sys
from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.files import write_whole
from saekdong.workspace import Workspace

_SERVICE = """[Unit]
Description=Look at what came into the shop

[Service]
Type=oneshot
WorkingDirectory={folder}
ExecStart={command}
# An open alarm is exit code 1.
SuccessExitStatus=1
"""
_TIMER = """[Unit]
Description=Look at what came into the shop, every day

[Timer]
OnCalendar=*-*-* {time}:00
Persistent=true

[Install]
WantedBy=timers.target
"""


@click.command(
    epilog=options.examples("saekdong watch install", "saekdong watch install --cron --time 06:30 | crontab -")
)
@click.option("--time", "at", default="07:00", show_default=True, metavar="HH:MM", help="When, every day.")
@click.option("--cron", is_flag=True, help="Print a line for crontab instead of writing a timer of systemd.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@options.workspace
def command(workspace: Workspace, at: str, cron: bool, yes: bool) -> int:
    """Let this machine run 'saekdong watch run' every day: by a timer of systemd for this user, or by cron."""
    hour, minute = _parsed(at)
    folder = workspace.root.resolve()
    look = [sys.executable, "-m", "saekdong", "watch", "run"]
    if cron:
        click.echo(f"{minute} {hour} * * * cd {shlex.quote(str(folder))} && {shlex.join(look)}")
        return 0
    units = Path.home() / ".config" / "systemd" / "user"
    if not yes and not _agreed(units):
        show.message("saekdong: nothing is written")
        return 1
    units.mkdir(parents=True, exist_ok=True)
    command_line = shlex.join(look)
    write_whole(units / "saekdong-watch.service", _SERVICE.format(folder=folder, command=command_line).encode())
    write_whole(units / "saekdong-watch.timer", _TIMER.format(time=f"{hour:02}:{minute:02}").encode())
    show.message(f"saekdong: wrote saekdong-watch.service and saekdong-watch.timer in {units}")
    show.message("next: systemctl --user daemon-reload && systemctl --user enable --now saekdong-watch.timer")
    return 0


def _agreed(units: Path) -> bool:
    if not sys.stdin.isatty():
        raise SaekdongError("there is no terminal to ask on, so nothing is written", fix="agree with --yes")
    return click.confirm(f"Write saekdong-watch.service and saekdong-watch.timer in {units}?", err=True)


def _parsed(at: str) -> tuple[int, int]:
    hour, _, minute = at.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise click.BadParameter(f"{at} is not a time of day such as 07:00", param_hint="--time")
    return int(hour), int(minute)
