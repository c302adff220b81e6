"""`saekdong image`: build, check and push the container that SageMaker runs."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from saekdong._version import __version__
from saekdong.cli import options, show

if TYPE_CHECKING:
    from saekdong.deploy.image import Engine

_F = TypeVar("_F", bound=Callable[..., Any])
_IMAGE = f"saekdong:{__version__}"
_RESULT = {True: "passed", False: "failed", None: "not seen"}

_engine = click.option(
    "--engine",
    type=click.Choice(["docker", "podman", "buildah"]),
    show_default="the first that works here",
    help="The engine that builds, runs and pushes.",
)
_platform = click.option(
    "--platform",
    type=click.Choice(["linux/amd64", "linux/arm64"]),
    default="linux/amd64",
    show_default=True,
    help="The image's platform; linux/arm64 for Graviton instances.",
)


@click.group(
    epilog=options.examples(
        "saekdong image build",
        "saekdong image check",
        "saekdong image push 123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/saekdong",
    )
)
def command() -> None:
    """Build, check and push the container image that SageMaker trains and serves with."""


@command.command(
    epilog=options.examples(
        "saekdong image build",
        "saekdong image build --platform linux/arm64 --tag saekdong:arm",
        "saekdong image build --base python:3.12-slim --engine podman",
        "saekdong image build --wheels wheelhouse",
    )
)
@click.option("--tag", default=_IMAGE, show_default=True, help="The image's name.")
@click.option("--base", metavar="IMAGE", help="The base image. [default: Python's own slim image]")
@_platform
@click.option("--wheels", type=options.FILE, metavar="DIR", help="Take packages from this folder; no network is used.")
@_engine
def build(tag: str, base: str | None, platform: str, wheels: Path | None, engine: str | None) -> int:
    """Build the image of this Saekdong, with all that training and serving need.

    Its manifest is Docker v2 schema 2 without attestations, the only kind that SageMaker accepts. The engine's output
    goes to stderr; the image's name goes to stdout.
    """
    from saekdong.deploy.image import build

    build(_find(engine), show.message, image=tag, platform=platform, base=base, wheels=wheels)
    click.echo(tag)
    return 0


@command.command(
    epilog=options.examples(
        "saekdong image check",
        "saekdong image check saekdong:arm --platform linux/arm64",
        "saekdong image check --format json",
    )
)
@click.argument("image", default=_IMAGE)
@_platform
@_engine
@options.output_format("table", "table", "json", "jsonl", "csv")
def check(image: str, platform: str, engine: str | None, form: str) -> int:
    """Run IMAGE as SageMaker will, and print each check; exit 1 if a check fails.

    It trains on sample rows, serves that model, answers each content type and stops on SIGTERM: with no network,
    no root and a read-only disk. A push to a registry on loopback shows manifest and size.
    """
    from saekdong.deploy.image import check

    found = []
    for each in check(_find(engine), image, platform):
        show.message(f"{_RESULT[each.passed]:<8} {each.name}")
        found.append(each)
    show.records([{**asdict(each), "passed": _RESULT[each.passed]} for each in found], form, image)
    return 1 if any(each.passed is False for each in found) else 0


@command.command(
    epilog=options.examples(
        "saekdong image push localhost:5000/saekdong",
        "aws ecr get-login-password | saekdong image push ACCOUNT.dkr.ecr.REGION.amazonaws.com/saekdong --username AWS",
    )
)
@click.argument("repository")
@click.option("--image", default=_IMAGE, show_default=True, help="The image to push.")
@click.option("--username", metavar="NAME", help="Log in with this name, and the password on stdin.")
@_engine
def push(repository: str, image: str, username: str | None, engine: str | None) -> int:
    """Push an image to REPOSITORY: REGISTRY/NAME, or REGISTRY/NAME:TAG; the default tag is this version.

    Without --username the engine's own login is used. With it, the login lasts for this push only. Prints the image's
    full name.
    """
    from saekdong.deploy.image import push_image

    password = _password() if username else ""
    click.echo(push_image(_find(engine), image, repository, show.message, username=username, password=password))
    return 0


def _find(name: str | None) -> "Engine":
    from saekdong.deploy.image import find_engine

    engine = find_engine(name)
    show.message(f"engine: {engine}")
    return engine


def _password() -> str:
    """Read the password from stdin, without echoing it on a terminal."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, err=True))
    password = sys.stdin.read().strip()
    if not password:
        raise click.UsageError("--username needs a password on stdin")
    return password
