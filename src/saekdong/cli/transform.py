"""`saekdong transform`: predict for a whole S3 prefix."""

from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.workspace import Workspace

_CONTENT_TYPES = ("text/csv", "application/jsonlines", "image/jpeg", "image/png")


@click.command(
    epilog=options.examples(
        "saekdong transform s3://BUCKET/colors/ s3://BUCKET/labels/ --name shop",
        "saekdong transform s3://BUCKET/photos/ s3://BUCKET/tags/ --name shop --content-type image/jpeg --count 4",
    )
)
@click.argument("s3_in")
@click.argument("s3_out")
@click.option("--name", default="saekdong", show_default=True, help="The deployment whose model predicts.")
@click.option(
    "--content-type",
    type=click.Choice(_CONTENT_TYPES),
    default="text/csv",
    show_default=True,
    help="The media type of the objects.",
)
@click.option("--instance", default="ml.m5.large", show_default=True, help="The instance type.")
@click.option("--count", type=click.IntRange(1, 100), default=1, show_default=True, help="The number of instances.")
@options.kms_key
@options.tags
@options.aws
@options.workspace
def command(
    workspace: Workspace,
    s3_in: str,
    s3_out: str,
    name: str,
    content_type: str,
    instance: str,
    count: int,
    kms_key: str | None,
    tags: tuple[str, ...],
    profile: str | None,
    credentials: Path | None,
    region: str | None,
) -> int:
    """Run a batch transform job on Amazon SageMaker: predict for every object under S3_IN, into NAME.out under S3_OUT.

    Waits until it is done and prints the address of the answers. No endpoint has to be in service, but the model must
    have been deployed once; the job runs in the VPC of its deployment. The workspace's own role reads and writes only
    the workspace's bucket.
    """
    from saekdong.deploy.aws import aws_errors
    from saekdong.deploy.aws.transform import Transform, transform

    with aws_errors():
        account = workspace.account(profile, credentials, region, options.guardrails(tags, kms_key))
        how = Transform(name, content_type, instance, count)
        click.echo(transform(account, s3_in, s3_out, how, show.message))
    return 0
