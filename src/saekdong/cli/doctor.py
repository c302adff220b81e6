"""`saekdong doctor`: check that a deployment will succeed, before it costs money."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.cli.hosting import hosting
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.deploy.aws import Account

_POLICY_FILE = "saekdong-policy.json"


@click.command(
    epilog=options.examples(
        "saekdong doctor --on sagemaker",
        "saekdong doctor --on sagemaker --profile handson2 --credentials credentials --role my-role",
        "saekdong doctor --instance ml.m5.large --scale 1-4 --train-instance ml.m5.xlarge --format json",
        f"saekdong doctor --policy > {_POLICY_FILE}",
    )
)
@click.option(
    "--on",
    "platform",
    type=click.Choice(["sagemaker"]),
    default="sagemaker",
    show_default=True,
    help="The platform of the deployment.",
)
@click.option("--role", help="The IAM role to use, by name or ARN.", show_default="the workspace's own")
@click.option("--instance", show_default="ml.t2.medium", help="The instance type to use.")
@click.option("--serverless", is_flag=True, help="Check for a serverless endpoint.")
@click.option("--concurrency", type=int, default=5, show_default=True, help="With --serverless: concurrent requests.")
@click.option("--async", "is_async", is_flag=True, help="Check for an asynchronous endpoint.")
@click.option("--scale", metavar="LEAST-MOST", help="From how many to how many instances, as 1-4.")
@click.option("--train-instance", metavar="TYPE", help="Also check the quota of training jobs on this type.")
@click.option("--transform-instance", metavar="TYPE", help="Also check the quota of transform jobs on this type.")
@click.option("--notebook-instance", metavar="TYPE", help="Also check the quota of notebooks on this type.")
@options.network
@options.kms_key
@click.option(
    "--policy", is_flag=True, help="Only print the policy with all rights that Saekdong needs; checks nothing."
)
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.aws
@options.workspace
def command(
    workspace: Workspace,
    /,
    platform: str,  # noqa: ARG001
    role: str | None,
    train_instance: str | None,
    transform_instance: str | None,
    notebook_instance: str | None,
    subnets: tuple[str, ...],
    security_groups: tuple[str, ...],
    kms_key: str | None,
    policy: bool,
    form: str,
    profile: str | None,
    credentials: Path | None,
    region: str | None,
    **hosted: Any,
) -> int:
    """Check all that a deployment on Amazon SageMaker needs, and print the fix of each finding.

    It only looks; nothing is made or changed. Exit code 1 if a check fails.
    """
    options.check_needed({"concurrency": "serverless"})
    from saekdong.deploy.aws.doctor import examine
    from saekdong.deploy.aws.quotas import QuotaPlan

    if policy:
        return _print_policy(workspace.account(profile, credentials, region), role)
    plan = QuotaPlan(hosting(**hosted), role, train_instance, transform_instance, notebook_instance)
    guardrails = options.guardrails((), kms_key, subnets, security_groups)
    findings = examine(lambda: workspace.account(profile, credentials, region, guardrails), plan)
    if form == "table":
        show.table("", ["check", "result", "found"], [(one.check, one.result, one.found) for one in findings])
        for one in findings:
            if one.fix:
                show.message(f"{one.check}: {one.fix}")
    else:
        show.records([vars(one) for one in findings], form)
    return 1 if any(one.result == "fails" for one in findings) else 0


def _print_policy(account: "Account", role: str | None) -> int:
    from saekdong.deploy.aws import aws_errors
    from saekdong.deploy.aws.policy import MANAGED_MOST, deployer_policy, length

    session = account.session
    with aws_errors():
        policy = deployer_policy(session.account, session.region, role, session.partition)
    click.echo(json.dumps(policy, indent=2))
    show.message(
        f"{length(policy):,} characters without white space: more than the 2,048 of a user's inline policies, and less "
        f"than the {MANAGED_MOST:,} of a managed policy"
    )
    show.message(f"next: saekdong doctor --policy > {_POLICY_FILE}")
    show.message(f"then: aws iam create-policy --policy-name saekdong --policy-document file://{_POLICY_FILE}")
    arn = session.arn("iam", "policy/saekdong", region="")
    show.message(f"then: aws iam attach-user-policy --user-name USER --policy-arn {arn}")
    return 0
