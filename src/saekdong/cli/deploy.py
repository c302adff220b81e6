"""`saekdong deploy`: host a model as an endpoint."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.cli.hosting import hosting
from saekdong.errors import SaekdongError
from saekdong.files import write_whole
from saekdong.model.identity import ARTIFACT_FILE
from saekdong.scratch import scratch_folder
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.captures import CaptureSettings
    from saekdong.deploy.aws import Data, Training

NAME = "saekdong"
_LOCAL = {"engine"}
_BOTH = {"on", "name", "rollback", "capture", "keep", "capture_photos"}
_OF_ROLLBACK = {"on", "name", "rollback", "profile", "credentials", "region"}
_NEEDS = {
    "memory": "serverless",
    "concurrency": "serverless",
    "provisioned": "serverless",
    "target": "scale",
    "train": "data",
    "train_instance": "train",
    "settings": "train",
}


@click.command(
    epilog=options.examples(
        "saekdong deploy",
        "saekdong deploy models/shop --name shop",
        "saekdong deploy models/shop --name shop --engine docker",
        "saekdong deploy models/shop --name shop --capture 10 --keep 30d",
        "saekdong deploy --name shop --rollback",
        "saekdong deploy models/shop --on sagemaker --name shop --instance ml.m5.large --data parts",
        "saekdong deploy models/shop --on sagemaker --serverless",
        "saekdong deploy models/shop --on sagemaker --subnet subnet-0123abcd --security-group sg-0123abcd",
        "saekdong deploy models/shop --on sagemaker --data parts --train --set space=lab --set model=svm",
    )
)
@click.argument("model", required=False)
@click.option("--name", default=NAME, show_default=True, help="The endpoint's name.")
@click.option("--rollback", is_flag=True, help="Go back to the version before; deploys nothing.")
@click.option(
    "--engine",
    type=click.Choice(["process", "docker", "podman"]),
    default="process",
    show_default=True,
    help="Local only: run the service as a process, or in the image of 'saekdong image build'.",
)
@click.option("--instance", metavar="TYPE", show_default="ml.t2.medium", help="SageMaker only: the instance type.")
@click.option("--serverless", is_flag=True, help="SageMaker only: capacity paid by use.")
@click.option("--memory", type=int, default=2048, show_default=True, metavar="MB", help="With --serverless.")
@click.option("--concurrency", type=int, default=5, show_default=True, help="With --serverless: concurrent requests.")
@click.option(
    "--provisioned", type=int, help="With --serverless: how many of them are kept ready, and paid by the hour."
)
@click.option("--async", "is_async", is_flag=True, help="SageMaker only: requests and answers go through the bucket.")
@click.option(
    "--scale",
    metavar="LEAST-MOST",
    help="SageMaker only: from how many to how many instances, as 1-4; 0-4 with --async.",
)
@click.option(
    "--target",
    type=click.FloatRange(0, min_open=True),
    show_default="1000; 5 with --async",
    help="With --scale: requests per minute and instance; with --async, waiting requests per instance.",
)
@click.option(
    "--startup-timeout",
    "startup_seconds",
    type=int,
    metavar="SECONDS",
    help="SageMaker only: how long the container may take to start, 60 to 3600.",
    show_default="SageMaker's",
)
@click.option("--role", help="SageMaker only: an IAM role, by name or ARN.", show_default="one of the workspace's own")
@click.option(
    "--data",
    type=options.FILE,
    metavar="DIR",
    help="SageMaker only: also upload the rows in train.csv and test.csv, as 'data split' writes them.",
)
@click.option("--train", is_flag=True, help="With --data: train the model on SageMaker first.")
@click.option(
    "--train-instance",
    metavar="TYPE",
    default="ml.m5.large",
    show_default=True,
    help="With --train: its instance type.",
)
@click.option(
    "--set", "settings", metavar="KEY=VALUE", multiple=True, help="With --train: a hyperparameter (docs/image.md)."
)
@click.option("--image", metavar="IMAGE", help="SageMaker only: the container image. [default: built if missing]")
@click.option("--keep-failed", is_flag=True, help="SageMaker only: keep what a failed deployment made, for inspection.")
@options.capture
@options.network
@options.kms_key
@options.tags
@options.place
def command(
    model: str | None,
    name: str,
    rollback: bool,
    place: options.Place,
    capture: "CaptureSettings | None",
    **chosen: Any,
) -> int:
    """Host MODEL as an endpoint, here or on Amazon SageMaker, and wait until it answers.

    MODEL is a model.tar.gz, its folder, its name, a version such as shop@7, or 'starter'; by default the champion,
    otherwise the catalog's, otherwise the starter. If the endpoint exists, the model becomes its new version without
    losing a request. If the new version does not answer correctly, the one before stays in service.
    """
    if rollback:
        _check_rollback(model)
    _check_place(place.on)
    options.check_needed(_NEEDS)
    with ExitStack() as stack:
        artifact = None if rollback else stack.enter_context(_selected(place.workspace, model, quiet=chosen["train"]))
        engine = chosen.pop("engine")
        made = {"engine": engine} if place.on == "local" else _on_sagemaker(artifact, **chosen)
        platform = place.platform(**made, capture=None if rollback else capture)
        report = show.message
        endpoint = platform.deploy(artifact, name, report) if artifact else platform.rollback(name, report)
    click.echo(endpoint.address)
    for line in next_steps(endpoint.name, endpoint.address, place.on):
        show.message(line)
    return 0


@contextmanager
def _selected(workspace: Workspace, model: str | None, *, quiet: bool) -> Iterator[Path]:
    """Write the selected model for photos to a file, if the catalog's own has none.

    With `quiet`, the selection is not reported: the endpoint gets the model of a training job.
    """
    selected = workspace.registry.for_photos(model)
    if not quiet:
        show.selection(selected)
    with scratch_folder() as folder:
        file = folder / ARTIFACT_FILE
        write_whole(file, selected.model.packed)
        yield file


def _check_rollback(model: str | None) -> None:
    """Refuse options of a new version with --rollback: the version before is used unchanged."""
    described = ["MODEL"] if model else [option for name, option in options.given().items() if name not in _OF_ROLLBACK]
    if described:
        raise click.UsageError(f"--rollback goes back to the version before, and takes no {described[0]}")


def _check_place(on: str) -> None:
    """Refuse options that only the other platform has."""
    for name, option in options.given().items():
        if name not in _BOTH and (name in _LOCAL) != (on == "local"):
            other = "local" if name in _LOCAL else "sagemaker"
            raise click.UsageError(f"{option} goes with --on {other}")


def _on_sagemaker(
    artifact: Path | None,
    *,
    role: str | None,
    data: Path | None,
    train: bool,
    settings: tuple[str, ...],
    train_instance: str,
    image: str | None,
    keep_failed: bool,
    tags: tuple[str, ...],
    kms_key: str | None,
    subnets: tuple[str, ...],
    security_groups: tuple[str, ...],
    **hosted: Any,
) -> dict[str, Any]:
    """Return the options of the platform on AWS."""
    return {
        "hosting": hosting(**hosted),
        "role": role,
        "data": _data(data, artifact) if data else None,
        "training": _training(settings, train_instance) if train else None,
        "guardrails": options.guardrails(tags, kms_key, subnets, security_groups),
        "keep": keep_failed,
        "image": image,
        "report": show.message,
    }


def _data(folder: Path, artifact: Path | None) -> "Data":
    from saekdong.deploy.aws import Data
    from saekdong.model.artifact import load

    train, test = folder / "train.csv", folder / "test.csv"
    if not train.is_file():
        raise SaekdongError(f"{folder} has no train.csv", fix=f"make it: saekdong data split ROWS --out {folder}")
    space = str(load(artifact).info.get("space", "rgb")) if artifact else "rgb"
    return Data(space, train, test if test.is_file() else None)


def _training(settings: tuple[str, ...], instance: str) -> "Training":
    from saekdong.deploy.aws import Training
    from saekdong.model.metric_lines import METRIC_DEFINITIONS

    return Training(options.pairs(settings, "--set"), METRIC_DEFINITIONS, instance)


def next_steps(name: str, address: str, on: str) -> list[str]:
    """Return lines with the commands that ask, watch and remove the endpoint."""
    suffix = "" if on == "local" else f" --on {on}"
    steps = [f"""next: saekdong invoke {name} '{{"r": 73, "g": 84, "b": 116}}'{suffix}"""]
    if on == "local":
        body = """-d '{"r": 73, "g": 84, "b": 116}'"""
        steps.append(f"  or: curl -H 'Content-Type: application/json' {body} {address}/invocations")
    return [*steps, f"then: saekdong status{suffix}, saekdong logs {name}{suffix}, saekdong destroy {name}{suffix}"]
