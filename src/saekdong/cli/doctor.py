"""`saekdong doctor`: whether a deployment will go well, before it costs."""

from pathlib import Path

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options, show


@click.command(
    epilog=options.examples(
        "saekdong doctor --on sagemaker",
        "saekdong doctor --on sagemaker --profile handson2 --credentials credentials --role my-role",
        "saekdong doctor --instance ml.m5.large --format json",
    )
)
@click.option(
    "--on",
    "platform",
    type=click.Choice(["sagemaker"]),
    default="sagemaker",
    show_default=True,
    help="Where is to be deployed.",
)
@click.option("--role", help="The IAM role to be used, by name or ARN.", show_default="the workspace's own")
@click.option("--instance", default="ml.t2.medium", show_default=True, help="The type of instance to be used.")
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.aws
@options.workspace
def command(
    workspace: Workspace,
    platform: str,  # noqa: ARG001
    role: str | None,
    instance: str,
    form: str,
    profile: str | None,
    credentials: Path | None,
    region: str | None,
) -> int:
    """Check all that a deployment on Amazon SageMaker needs, and tell what mends each finding.

    Looks only; nothing is made or changed. Exit code 1 where a check fails.
    """
    from saekdong.aws.doctor import examine

    findings = examine(lambda: workspace.account(profile, credentials, region), role, instance)
    if form == "table":
        show.table("", ["check", "result", "found"], [(one.check, one.result, one.found) for one in findings])
        for one in findings:
            if one.mend:
                show.message(f"{one.check}: {one.mend}")
    else:
        show.records([vars(one) for one in findings], form)
    return 1 if any(one.result == "fails" for one in findings) else 0
