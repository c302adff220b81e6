"""`saekdong notebook`: a notebook instance on Amazon SageMaker."""

from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.workspace import Workspace


@click.group()
def command() -> None:
    """Create, open, stop and delete a notebook instance on Amazon SageMaker, with the project's notebooks on it."""


@command.command(
    epilog=options.examples(
        "saekdong notebook create",
        "saekdong notebook create colors --notebooks notebooks --instance ml.t3.medium",
    )
)
@click.argument("name", required=False)
@click.option(
    "--notebooks",
    type=options.FILE,
    default=Path("notebooks"),
    show_default=True,
    help="The folder of the notebooks.",
)
@click.option("--instance", default="ml.t3.medium", show_default=True, help="The instance type.")
@click.option("--role", help="An IAM role, by name or ARN.", show_default="one of the workspace's own")
@options.network
@options.kms_key
@options.tags
@options.aws
@options.workspace
def create(
    workspace: Workspace,
    name: str | None,
    notebooks: Path,
    instance: str,
    role: str | None,
    subnets: tuple[str, ...],
    security_groups: tuple[str, ...],
    kms_key: str | None,
    tags: tuple[str, ...],
    profile: str | None,
    credentials: Path | None,
    region: str | None,
) -> int:
    """Create a notebook instance NAME with the notebooks of a folder, and wait until it is in service.

    The default NAME contains the workspace's id, so that every workspace of an account can have its own.
    """
    from saekdong.deploy.aws import aws_errors
    from saekdong.deploy.aws.notebook import create_notebook, default_name

    guardrails = options.guardrails(tags, kms_key, subnets, security_groups)
    account = workspace.account(profile, credentials, region, guardrails)
    with aws_errors():
        name = name or default_name(account)
    with aws_errors(), account.ledger.held(name):
        create_notebook(account, name, notebooks, show.message, instance=instance, role=role)
    click.echo(name)
    show.message(f"next: saekdong notebook open {name}; it costs until 'saekdong notebook stop {name}'")
    return 0


@command.command("open", epilog=options.examples("saekdong notebook open", "saekdong notebook open colors"))
@click.argument("name", required=False)
@options.aws
@options.workspace
def open_(
    workspace: Workspace, name: str | None, profile: str | None, credentials: Path | None, region: str | None
) -> int:
    """Print an address that opens the notebook instance NAME, valid for five minutes; start it first if it is stopped.

    Anyone who has the address can use the notebook: keep it secret.
    """
    from saekdong.deploy.aws import aws_errors
    from saekdong.deploy.aws.notebook import default_name, open_notebook

    with aws_errors():
        account = workspace.account(profile, credentials, region)
        click.echo(open_notebook(account, name or default_name(account), show.message))
    return 0


@command.command(epilog=options.examples("saekdong notebook stop", "saekdong notebook stop colors"))
@click.argument("name", required=False)
@options.aws
@options.workspace
def stop(
    workspace: Workspace, name: str | None, profile: str | None, credentials: Path | None, region: str | None
) -> int:
    """Stop the notebook instance NAME; its files are kept, and only its volume costs."""
    from saekdong.deploy.aws import aws_errors
    from saekdong.deploy.aws.notebook import default_name, stop_notebook

    account = workspace.account(profile, credentials, region)
    with aws_errors():
        name = name or default_name(account)
    with aws_errors(), account.ledger.held(name):
        stop_notebook(account, name, show.message)
    return 0


@command.command(epilog=options.examples("saekdong notebook delete", "saekdong notebook delete colors"))
@click.argument("name", required=False)
@options.aws
@options.workspace
def delete(
    workspace: Workspace, name: str | None, profile: str | None, credentials: Path | None, region: str | None
) -> int:
    """Delete the notebook instance NAME and all its files; it is stopped first."""
    from saekdong.deploy.aws import aws_errors
    from saekdong.deploy.aws.notebook import default_name
    from saekdong.deploy.aws.teardown import remove_notebook

    account = workspace.account(profile, credentials, region)
    with aws_errors():
        name = name or default_name(account)
    with aws_errors(), account.ledger.held(name):
        removed = remove_notebook(account, name, show.message)
    if not removed:
        raise SaekdongError(f"this workspace has no notebook {name}", fix="saekdong notebook create")
    return 0
