"""The role that SageMaker assumes: it may only read the bucket, pull the image, and write logs and metrics."""

import hashlib
import json
from typing import Any

from saekdong.deploy.aws.account import Account, ResourceKind, ResourceTags, as_tags
from saekdong.deploy.aws.bucket import bucket_name
from saekdong.deploy.aws.refusals import is_missing
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError

_POLICY = "saekdong"
SERVICE = "sagemaker.amazonaws.com"


def role_name(account: Account) -> str:
    """Return the name of the workspace's own role for the region.

    IAM has no regions: one role for two regions would have only the rights of the last deployment.
    """
    # Saekdong 0.1 did not have the region in the name.
    first = account.entry(ROLE.name, account.shared_name, "")
    return first.name if first in account.ledger.standing() else f"{first.name}-{account.session.region}"


def ensure_role(account: Account, chosen: str | None) -> str:
    """Return the ARN of the chosen role, or of the workspace's own, which is made if it does not exist.

    Args:
        account: the account of the role.
        chosen: a role's name or ARN, which is used unchanged.

    Raises:
        SaekdongError: there is no such role.
    """
    if chosen:
        return role_arn(account, chosen)
    name = role_name(account)
    iam = account.client("iam")
    account.ensure(
        ROLE,
        name,
        "",
        lambda: iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(trust(account)),
            Description="Saekdong's endpoints, jobs and notebook",
            Tags=account.tag_list(""),
        ),
    )
    for part, document in policies(account).items():
        iam.put_role_policy(RoleName=name, PolicyName=part, PolicyDocument=json.dumps(document))
    # Built from the name: a lookup may not find a role that was just made.
    return account.session.arn("iam", f"role/{name}", region="")


def role_arn(account: Account, chosen: str) -> str:
    """Return a role's ARN by its name or ARN.

    Raises:
        SaekdongError: there is no such role.
    """
    from botocore.exceptions import ClientError

    if chosen.startswith("arn:"):
        return chosen
    try:
        return str(account.client("iam").get_role(RoleName=chosen)["Role"]["Arn"])
    except ClientError as error:
        if is_missing(error):
            raise SaekdongError(
                f"there is no role {chosen}", fix="give another --role, or none: Saekdong makes its own"
            ) from error
        raise


def trust(account: Account) -> dict[str, Any]:
    """Return the trust policy: SageMaker may assume the role, for this account only."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": SERVICE},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account.session.account}},
            }
        ],
    }


def policies(account: Account) -> dict[str, dict[str, Any]]:
    """Return the inline policies of the workspace's role, by name.

    The role serves all deployments of a workspace. The rights that one deployment needs for its network or key are in a
    policy of their own, so that a later deployment without them leaves that policy alone.
    """
    named = {_POLICY: statements(account)}
    if account.guardrails.network:
        named[f"{_POLICY}-network"] = network_statements(account)
    if key := account.guardrails.key:
        named[f"{_POLICY}-key-{hashlib.sha256(key.encode()).hexdigest()[:8]}"] = {"key": key_statement(key)}
    return {name: {"Version": "2012-10-17", "Statement": list(allowed.values())} for name, allowed in named.items()}


def network_statements(account: Account) -> dict[str, dict[str, Any]]:
    """Return the statements that allow the role to put network interfaces into a VPC, as AWS documents them."""
    arn = account.session.arn
    # The subnet may belong to another account, which shares it.
    places = [arn("ec2", f"{what}/*", account="*") for what in ("network-interface", "subnet", "security-group")]
    changes = [f"ec2:{verb}NetworkInterface{what}" for verb in ("Create", "Delete") for what in ("", "Permission")]
    looks = [
        f"ec2:Describe{what}" for what in ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")
    ]
    return {"network": _allow(changes, places), "network lists": _allow(looks, ["*"])}


def key_statement(key: str) -> dict[str, Any]:
    """Return the statement that allows the role to use a KMS key."""
    verbs = ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey")
    return _allow([f"kms:{verb}" for verb in verbs], [key])


def statements(account: Account) -> dict[str, dict[str, Any]]:
    """Return the statements that the role needs, by purpose."""
    session = account.session
    bucket = session.arn("s3", bucket_name(account), region="", account="")
    logs = session.arn("logs", "log-group:/aws/sagemaker/*")
    endpoint = session.arn("sagemaker", "endpoint/*")
    return {
        "S3": _allow(
            ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListBucket", "s3:GetBucketLocation"],
            [bucket, f"{bucket}/*"],
        ),
        "ECR": _allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [session.arn("ecr", f"repository/{account.shared_name}")],
        ),
        "ECR login": _allow(["ecr:GetAuthorizationToken"], ["*"]),
        "logs": _allow(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [logs]
        ),
        "figures": _allow(["cloudwatch:PutMetricData"], ["*"], StringLike={"cloudwatch:namespace": "/aws/sagemaker/*"}),
        "notebook": _allow(
            ["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"],
            [endpoint],
            StringEquals={"aws:ResourceTag/saekdong:workspace": account.ledger.workspace},
        ),
    }


def _allow(actions: list[str], resources: list[str], **condition: dict[str, str]) -> dict[str, Any]:
    allowed: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {**allowed, "Condition": condition} if condition else allowed


def _tags(account: Account, name: str) -> ResourceTags | None:
    from botocore.exceptions import ClientError

    try:
        return as_tags(account.client("iam").list_role_tags(RoleName=name)["Tags"])
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def _remove(account: Account, name: str, report: Report) -> None:  # noqa: ARG001
    from botocore.exceptions import ClientError

    iam = account.client("iam")
    try:
        for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
            for attached in page["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
            for inline in page["PolicyNames"]:
                iam.delete_role_policy(RoleName=name, PolicyName=inline)
        iam.delete_role(RoleName=name)
    except ClientError as error:
        if not is_missing(error):
            raise


ROLE = ResourceKind("role", _tags, _remove)
