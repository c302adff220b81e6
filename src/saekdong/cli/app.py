"""The command `saekdong`: find the subcommand, apply the workspace's settings, and report errors on one line."""

import difflib
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from gettext import gettext
from typing import Any

import click

from saekdong._version import __version__
from saekdong.cli import show, translation
from saekdong.errors import SaekdongError
from saekdong.files import FULL
from saekdong.interruption import STOPPED, interruptible
from saekdong.lang import LANGS
from saekdong.workspace import SETTINGS_FILE, Workspace, find_workspace

COMMANDS = {
    "demo": "saekdong.cli.demo",
    "init": "saekdong.cli.init",
    "data": "saekdong.cli.data",
    "train": "saekdong.cli.train",
    "evaluate": "saekdong.cli.evaluate",
    "compare": "saekdong.cli.compare",
    "predict": "saekdong.cli.predict",
    "model": "saekdong.cli.model",
    "palette": "saekdong.cli.palette",
    "tag": "saekdong.cli.tag",
    "teach": "saekdong.cli.teach",
    "words": "saekdong.cli.words",
    "catalog": "saekdong.cli.catalog.group",
    "watch": "saekdong.cli.watch.group",
    "backup": "saekdong.cli.backup",
    "restore": "saekdong.cli.restore",
    "retrain": "saekdong.cli.retrain",
    "registry": "saekdong.cli.registry.group",
    "studio": "saekdong.cli.studio",
    "people": "saekdong.cli.people.group",
    "review": "saekdong.cli.review",
    "serve": "saekdong.cli.serve",
    "image": "saekdong.cli.image",
    "deploy": "saekdong.cli.deploy",
    "invoke": "saekdong.cli.invoke",
    "status": "saekdong.cli.status",
    "logs": "saekdong.cli.logs",
    "destroy": "saekdong.cli.destroy",
    "doctor": "saekdong.cli.doctor",
    "notebook": "saekdong.cli.notebook",
    "transform": "saekdong.cli.transform",
    "cost": "saekdong.cli.cost",
}
"""The modules of the commands, in the order of a first use."""

_OWN_MEANING = {("train", "model")}
"""Options that a key at the top of saekdong.toml does not set: there `model` means a model, here a kind of model."""

_WRONG_USE = 2


class _Commands(click.Group):
    context_class = translation.Context

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return translation.translated(command) if translation.is_korean() else command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # click does not know the names of commands that are not imported yet.
        name = args[0]
        if name in COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        problem = gettext("No such command {name!r}.").format(name=name)
        raise click.UsageError(f"{problem}{self._suggestion(ctx, name)}", ctx)

    def _suggestion(self, ctx: click.Context, name: str) -> str:
        """Return a hint with the commands spelled like `name`, or with a group's subcommand of exactly that name."""
        commands = {each: self.get_command(ctx, each) for each in COMMANDS}
        groups = {each: command.commands for each, command in commands.items() if isinstance(command, click.Group)}
        close = [f"{group} {name}" for group, parts in groups.items() if name in parts]
        close += difflib.get_close_matches(name, COMMANDS, cutoff=0.7)
        if not close:
            return ""
        return " " + gettext("Did you mean {names}?").format(names=gettext(" or ").join(map(repr, close)))


@click.group(
    cls=_Commands,
    context_settings={
        "auto_envvar_prefix": "SAEKDONG",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
    epilog="Start with 'saekdong demo'. Settings are in saekdong.toml and SAEKDONG_* variables (docs/settings.md).",
)
@click.version_option(__version__, prog_name="saekdong")
@click.option("--lang", type=click.Choice(LANGS), help="Language of help, labels and reports.")
def app(lang: str | None) -> None:
    """Sort a shop's products by color: teach it your color words, and let it name colors.

    색동은 상품을 색으로 나눕니다. 가게의 색 이름을 가르치면 색에 이름을 붙입니다.
    """
    if lang:
        os.environ["SAEKDONG_LANG"] = lang  # for the command's own --lang, until the end of `run`


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 done with rejected items or a failed check, 2 wrong use."""
    with interruptible():
        code = run(sys.argv[1:] if arguments is None else arguments)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line on `arguments` and return the exit code; errors are reported on one line of stderr."""
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        workspace = find_workspace()
    except SaekdongError as error:
        return _report(error)
    with translation.speaking(translation.language(arguments, workspace.settings)):
        try:
            return _run(arguments, workspace)
        except Exception as error:
            if debug and not isinstance(error, click.ClickException | click.Abort):
                raise
            return _report(error)
        except KeyboardInterrupt:
            return _report(click.Abort())


def _run(arguments: Sequence[str], workspace: Workspace) -> int:
    command = translation.translated(app) if translation.is_korean() else app
    result = command.main(
        arguments,
        prog_name="saekdong",
        standalone_mode=False,
        obj=workspace,
        default_map=_defaults(workspace),
    )
    sys.stdout.flush()
    return result if isinstance(result, int) else 0


def _report(error: Exception) -> int:
    """Report an error on one line of stderr, and return the exit code."""
    if isinstance(error, click.Abort):
        show.message("saekdong: " + gettext("stopped"))
        return STOPPED
    if isinstance(error, BrokenPipeError):
        # The reader of the output, such as `head`, has stopped reading.
        _drop_output()
        return 0
    if isinstance(error, OSError) and error.errno in FULL and error.filename is None:
        # Errors of written files name the file (saekdong.files), so this is stdout.
        _drop_output()
        problem = gettext("cannot write the output: {error}; make room there, or write it elsewhere")
        show.message(f"saekdong: {problem.format(error=error.strerror)}")
        return _WRONG_USE
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return _WRONG_USE
    if isinstance(error, click.ClickException):
        show.message(f"saekdong: {_usage_problem(error)}")
        return _WRONG_USE
    if isinstance(error, SaekdongError):
        show.message(f"saekdong: {' '.join(str(error).split())}")
        return error.exit_code
    what = f"{type(error).__name__}: {' '.join(str(error).split())}"
    problem = gettext("unexpected {error}; run it again with --debug to see where").format(error=what)
    show.message(f"saekdong: {problem}")
    return _WRONG_USE


def _drop_output() -> None:
    """Make sure that nothing more is written to stdout at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage_problem(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split()).rstrip(".")
    if message.endswith(("?", "?)")):  # it already has a suggestion
        return message
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return message
    see = gettext("see '{command} --help'").format(command=context.command_path)
    return f"{message}; {see}"


_WORKSPACE = frozenset(("durable", "openid", "shop", "timezone", "words"))
"""Keys that are not an option of any command; the workspace reads them."""

_TABLES = frozenset(COMMANDS) - {"model"}
"""Keys that hold the settings of one command; `model` is also a setting of several."""


def _defaults(workspace: Workspace) -> dict[str, Any]:
    """Return saekdong.toml as click's defaults: a key at the top goes to every command that has such an option.

    Raises:
        SaekdongError: no command has such an option.
    """
    defaults: dict[str, Any] = {}
    if not workspace.settings:
        return defaults
    with click.Context(app) as context:
        commands = {name: app.get_command(context, name) for name in COMMANDS}
    common = {
        key: value
        for key, value in workspace.settings.items()
        if not isinstance(value, dict)
        and (key != "labels" or isinstance(value, str))
        and key not in _TABLES
        and key not in _WORKSPACE
    }
    used: set[str] = set()
    for name, command in commands.items():
        if command is not None:
            value = workspace.settings.get(name)
            # `model` and `words` are keys as well as commands.
            own = value if isinstance(value, dict) and name not in _WORKSPACE else {}
            defaults[name] = _command_defaults(command, own, common, used, workspace, name)
    for key, value in workspace.settings.items():
        is_table = key in COMMANDS and isinstance(value, dict)
        if not (is_table or key in used or key in _WORKSPACE or (key == "labels" and isinstance(value, list))):
            raise _unknown(workspace, key)
    return defaults


def _command_defaults(
    command: click.Command,
    own: Mapping[str, Any],
    common: Mapping[str, Any],
    used: set[str],
    workspace: Workspace,
    path: str,
) -> dict[str, Any]:
    if isinstance(command, click.Group):
        parts = command.commands
        for key, value in own.items():
            if key not in parts or not isinstance(value, dict):
                raise _unknown(workspace, f"{path}.{key}")
        return {
            name: _command_defaults(part, own.get(name, {}), common, used, workspace, f"{path}.{name}")
            for name, part in parts.items()
        }
    options = {str(parameter.name) for parameter in command.params if isinstance(parameter, click.Option)}
    for key in own:
        if key not in options:
            raise _unknown(workspace, f"{path}.{key}")
    shared = {key: value for key, value in common.items() if key in options and (path, key) not in _OWN_MEANING}
    used.update(shared)
    return {**shared, **own}


def _unknown(workspace: Workspace, key: str) -> SaekdongError:
    return SaekdongError(
        f"{workspace.root / SETTINGS_FILE}: there is no setting {key!r}",
        fix="see docs/settings.md, or 'saekdong COMMAND --help' for the possible settings",
    )
