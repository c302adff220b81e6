"""Options that several commands share, and the types of their values."""

import functools
import getpass
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from saekdong.captures.settings import CaptureSettings, Retention
from saekdong.errors import SaekdongError
from saekdong.files import check_writable
from saekdong.lang import LANGS, locale_lang
from saekdong.workspace import PLATFORMS, Workspace

if TYPE_CHECKING:
    from saekdong.deploy.aws import Guardrails
    from saekdong.deploy.platform import Platform

_F = TypeVar("_F", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)


class _Output(click.Path):
    """A path that a command writes its result to; it is checked before the work begins."""

    def __init__(self, *, is_folder: bool) -> None:
        super().__init__(path_type=Path)
        self.is_folder = is_folder

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        check_writable(path, folder=self.is_folder)
        return path


OUT_FILE = _Output(is_folder=False)
OUT_FOLDER = _Output(is_folder=True)

workspace = click.make_pass_decorator(Workspace)


def lang(function: _F) -> _F:
    """Add --lang."""
    return click.option(
        "--lang",
        type=click.Choice(LANGS),
        default=locale_lang,
        envvar="SAEKDONG_LANG",
        show_default="the locale's",
        help="Language of labels and reports.",
    )(function)


def allow_private(function: _F) -> _F:
    """Add --allow-private."""
    return click.option(
        "--allow-private",
        is_flag=True,
        envvar="SAEKDONG_ALLOW_PRIVATE",
        help="Also fetch from private and loopback addresses in feeds, lists, redirects and DNS answers.",
    )(function)


def labels(function: _F) -> _F:
    """Add --labels."""
    return click.option(
        "--labels",
        metavar="starter|rows|FILE",
        envvar="SAEKDONG_LABELS",
        show_default="the workspace's, otherwise starter",
        help="The labels that rows may use: the 14 starter labels, whatever the rows use, or a TOML file.",
    )(function)


def output_format(default: str, *formats: str) -> Callable[[_F], _F]:
    """Add --format with these choices."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=default,
        show_default=True,
        envvar="SAEKDONG_FORMAT",
        help="The format of the result.",
    )


def goals(function: _F) -> _F:
    """Add --goal."""
    return click.option(
        "--goal",
        "goals",
        metavar="GOAL",
        multiple=True,
        help="A figure that must be reached, such as accuracy>=0.9; otherwise exit 1.",
    )(function)


def accuracy_goal(function: _F) -> _F:
    """Add --accuracy-goal."""
    return click.option(
        "--accuracy-goal",
        type=click.FloatRange(0, 1),
        envvar="SAEKDONG_ACCURACY_GOAL",
        metavar="SHARE",
        help="The least share of first tags that must be right; an alarm says if an audit proves that fewer are.",
    )(function)


def by(function: _F) -> _F:
    """Add --by."""
    return click.option(
        "--by",
        metavar="NAME",
        default=login_name,
        envvar="SAEKDONG_BY",
        show_default="your login name",
        help="Who does it, for the history.",
    )(function)


def login_name() -> str:
    """Return the name of the user of this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


def errors(function: _F) -> _F:
    """Add --errors."""
    return click.option(
        "--errors",
        type=OUT_FILE,
        metavar="CSV",
        help="Also write the wrong colors or photos to this file, the most confident first.",
    )(function)


def check_outputs(source: Path, *outputs: Path | None) -> None:
    """Check, before any work, that no output overwrites the input file or another output.

    Raises:
        click.UsageError: an output is `source`, or another output.
    """
    taken = {source.resolve(): "the input file"}
    for output in filter(None, outputs):
        if place := taken.get(output.resolve()):
            raise click.UsageError(f"{output} is {place}; choose another name")
        taken[output.resolve()] = "another output already"


def given() -> dict[str, str]:
    """Return the options given on the command line: by parameter name, the option's spelling."""
    context = click.get_current_context()
    return {
        parameter.name: parameter.opts[0]
        for parameter in context.command.params
        if isinstance(parameter, click.Option)
        and parameter.name
        and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    }


def check_needed(needs: Mapping[str, str]) -> None:
    """Check that each option on the command line has the option without which it has no effect.

    Settings and variables are not checked: they are for several commands and runs.

    Args:
        needs: by parameter name, the name of the parameter that it needs.

    Raises:
        click.UsageError: an option is given, and the one that it needs has no value.
    """
    context = click.get_current_context()
    options = {parameter.name: parameter.opts[0] for parameter in context.command.params}
    for name, option in given().items():
        if (needed := needs.get(name)) and not context.params[needed]:
            raise click.UsageError(
                f"{option} has no effect without {options[needed]}; add {options[needed]} or leave out {option}"
            )


def seed(function: _F) -> _F:
    """Add --seed."""
    return click.option(
        "--seed",
        type=click.IntRange(0, 2**31 - 1),
        default=0,
        show_default=True,
        envvar="SAEKDONG_SEED",
        help="The same seed repeats the same result.",
    )(function)


@dataclass(frozen=True)
class Place:
    """The platform of endpoints, from the options.

    Attributes:
        workspace: the workspace.
        on: one of `PLATFORMS`.
        account: the options that choose the AWS account; empty on this machine.
    """

    workspace: Workspace
    on: str
    account: Mapping[str, Any]

    def platform(self, **options: Any) -> "Platform":
        """Return the platform; `options` are those that only that platform takes."""
        return self.workspace.platform(self.on, **self.account, **options)


def on(function: _F) -> _F:
    """Add --on."""
    return click.option(
        "--on",
        type=click.Choice(PLATFORMS),
        default="local",
        show_default=True,
        envvar="SAEKDONG_ON",
        help="The platform: this machine, or Amazon SageMaker.",
    )(function)


_ACCOUNT = ("profile", "credentials", "region")


def aws(function: _F) -> _F:
    """Add --profile, --credentials and --region."""
    for option in (
        click.option(
            "--region", envvar="SAEKDONG_REGION", help="The AWS region.", show_default="AWS's own, otherwise Seoul"
        ),
        click.option("--credentials", type=FILE, envvar="SAEKDONG_CREDENTIALS", help="A file like ~/.aws/credentials."),
        click.option("--profile", envvar="SAEKDONG_PROFILE", help="A profile of AWS's files, or of --credentials."),
    ):
        function = option(function)
    return function


def tags(function: _F) -> _F:
    """Add --tag."""
    return click.option(
        "--tag",
        "tags",
        metavar="KEY=VALUE",
        multiple=True,
        envvar="SAEKDONG_TAGS",
        help="SageMaker only: your own tag for all new resources; may be given several times.",
    )(function)


def kms_key(function: _F) -> _F:
    """Add --kms-key."""
    return click.option(
        "--kms-key",
        metavar="ARN",
        envvar="SAEKDONG_KMS_KEY",
        help="SageMaker only: the KMS key that encrypts volumes, objects and images.",
        show_default="AWS's own",
    )(function)


def network(function: _F) -> _F:
    """Add --subnet and --security-group."""
    for option in (
        click.option(
            "--security-group",
            "security_groups",
            metavar="ID",
            multiple=True,
            envvar="SAEKDONG_SECURITY_GROUPS",
            help="With --subnet: a security group; may be given several times.",
        ),
        click.option(
            "--subnet",
            "subnets",
            metavar="ID",
            multiple=True,
            envvar="SAEKDONG_SUBNETS",
            help="SageMaker only: a subnet of your VPC to run in; may be given several times.",
        ),
    ):
        function = option(function)
    return function


def guardrails(
    tags: Sequence[str] = (),
    kms_key: str | None = None,
    subnets: Sequence[str] = (),
    security_groups: Sequence[str] = (),
) -> "Guardrails":
    """Return the guardrails from --tag, --kms-key, --subnet and --security-group.

    Raises:
        click.UsageError: a malformed tag.
        SaekdongError: AWS does not accept one of them.
    """
    from saekdong.deploy.aws import Guardrails, Network

    inside = Network(tuple(subnets), tuple(security_groups)) if subnets or security_groups else None
    return Guardrails(pairs(tags, "--tag"), kms_key, inside)


class _Duration(click.ParamType[Retention]):
    """A duration such as 30d or 12h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Retention:
        if isinstance(value, Retention):
            return value
        try:
            return Retention.parse(str(value))
        except SaekdongError as error:
            self.fail(str(error), param, ctx)


def capture(function: _F) -> _F:
    """Add --capture, --keep and --capture-photos; the command gets them as `capture`, None for no capture."""

    @functools.wraps(function)
    def command(*arguments: Any, capture: int, keep: Retention, capture_photos: bool, **more: Any) -> Any:
        check_needed({"keep": "capture", "capture_photos": "capture"})
        chosen = CaptureSettings(capture, keep, capture_photos) if capture else None
        return function(*arguments, capture=chosen, **more)

    for option in (
        click.option(
            "--capture-photos",
            is_flag=True,
            help="With --capture: also capture photos; otherwise only their answers and their SHA-256.",
        ),
        click.option(
            "--keep",
            type=_Duration(),
            default="30d",
            show_default=True,
            metavar="DURATION",
            help="With --capture: how long captured requests are kept, in days or hours, such as 30d or 12h.",
        ),
        click.option(
            "--capture",
            type=click.IntRange(0, 100),
            default=0,
            show_default=True,
            metavar="PERCENT",
            help="Capture this percentage of the requests, with their answers; 0 for none.",
        ),
    ):
        command = option(command)
    return command  # type: ignore[return-value]


def place(function: _F) -> _F:
    """Add --on and the options of `aws`; the command gets them as `place`, a `Place`."""

    @functools.wraps(function)
    def command(
        *arguments: Any, on: str, profile: str | None, credentials: Path | None, region: str | None, **more: Any
    ) -> Any:
        if on == "local" and (option := next((given()[name] for name in _ACCOUNT if name in given()), None)):
            raise click.UsageError(f"{option} goes with --on sagemaker")
        found = click.get_current_context().ensure_object(Workspace)
        account = {"profile": profile, "credentials": credentials, "region": region} if on == "sagemaker" else {}
        return function(*arguments, place=Place(found, on, account), **more)

    return on(aws(command))  # type: ignore[return-value]


def examples(*lines: str) -> str:
    """Return an epilog that shows example commands, one per line."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """Read `key=value` texts.

    Raises:
        click.UsageError: a text is malformed.
    """
    result = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"{option} {text} is not of the form key=value")
        result[name.strip()] = value.strip()
    return result
