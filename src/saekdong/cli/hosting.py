"""The options that describe how an endpoint on Amazon SageMaker is hosted, common to several commands."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from saekdong.deploy.aws import Hosting, Scaling

_REQUESTS = 1000.0
_BACKLOG = 5.0


def hosting(
    instance: str | None,
    serverless: bool,
    concurrency: int,
    scale: str | None,
    memory: int = 2048,
    provisioned: int | None = None,
    is_async: bool = False,
    target: float | None = None,
    startup_seconds: int | None = None,
) -> "Hosting":
    """Return how an endpoint is hosted, from the options.

    Raises:
        click.UsageError: options that exclude each other, or a malformed --scale.
        SaekdongError: settings that AWS does not combine.
    """
    from saekdong.deploy.aws import Hosting, Serverless

    if serverless and instance:
        raise click.UsageError("--serverless and --instance exclude each other")
    capacity = Serverless(memory, concurrency, provisioned) if serverless else None
    scaling = _scaling(scale, target or (_BACKLOG if is_async else _REQUESTS)) if scale else None
    more = {"instance": instance} if instance else {}
    return Hosting(serverless=capacity, is_async=is_async, scaling=scaling, startup_seconds=startup_seconds, **more)


def _scaling(scale: str, target: float) -> "Scaling":
    from saekdong.deploy.aws import Scaling

    least, _, most = scale.partition("-")
    if not (least.isdigit() and most.isdigit()):
        raise click.UsageError(f"--scale {scale} is not of the form LEAST-MOST, such as 1-4")
    return Scaling(int(least), int(most), target)
