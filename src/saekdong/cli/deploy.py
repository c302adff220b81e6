"""`saekdong deploy`: a model as an endpoint."""

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options, show

NAME = "saekdong"


@click.command(
    epilog=options.examples(
        "saekdong deploy",
        "saekdong deploy models/shop --name shop",
        "saekdong deploy models/shop --name shop --engine docker",
        "saekdong deploy --name shop --rollback",
    )
)
@click.argument("model", required=False)
@options.on
@click.option("--name", default=NAME, show_default=True, help="What the endpoint is called.")
@click.option("--rollback", is_flag=True, help="Return to the version before; deploys nothing.")
@click.option(
    "--engine",
    type=click.Choice(["process", "docker", "podman"]),
    default="process",
    show_default=True,
    help="Local only: run the service as a process, or in the image of 'saekdong image build'.",
)
@options.workspace
def command(workspace: Workspace, model: str | None, on: str, name: str, rollback: bool, engine: str) -> int:
    """Host MODEL as an endpoint, here or on Amazon SageMaker, and wait until it answers.

    MODEL is a model.tar.gz, its folder, its name or 'starter'; by default the newest, else the starter. Where the
    endpoint is there already, it takes the model as its new version without losing a request; a version that does
    not answer rightly leaves the one before in service.
    """
    if rollback and model:
        raise click.UsageError("--rollback returns to the version before, and takes no MODEL")
    platform = workspace.platform(on, **({"engine": engine} if on == "local" else {}))
    report = show.message
    endpoint = (
        platform.rollback(name, report) if rollback else platform.deploy(workspace.artifact_file(model), name, report)
    )
    click.echo(endpoint.address)
    for line in next_steps(endpoint.name, endpoint.address, on):
        show.message(line)
    return 0


def next_steps(name: str, address: str, on: str) -> list[str]:
    """Return lines that tell how to ask the endpoint, watch it and remove it."""
    suffix = "" if on == "local" else f" --on {on}"
    steps = [f"""next: saekdong invoke {name} '{{"r": 73, "g": 84, "b": 116}}'{suffix}"""]
    if on == "local":
        body = """-d '{"r": 73, "g": 84, "b": 116}'"""
        steps.append(f"  or: curl -H 'Content-Type: application/json' {body} {address}/invocations")
    return [*steps, f"then: saekdong status{suffix}, saekdong logs {name}{suffix}, saekdong destroy {name}{suffix}"]
