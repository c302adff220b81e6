"""The IAM policy of the user who runs Saekdong: no more rights than it needs."""

import json
from typing import Any

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.bucket import bucket_name
from saekdong.deploy.aws.role import role_name

_BUCKET = (
    "AbortMultipartUpload CreateBucket DeleteBucket DeleteObject DeleteObjectVersion GetBucketLocation "
    "GetBucketTagging GetLifecycleConfiguration GetObject ListBucket ListBucketMultipartUploads ListBucketVersions "
    "PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration "
    "PutLifecycleConfiguration PutObject"
)
_REPOSITORY = (
    "BatchCheckLayerAvailability BatchDeleteImage BatchGetImage CompleteLayerUpload CreateRepository DeleteRepository "
    "DescribeImages DescribeRepositories GetDownloadUrlForLayer InitiateLayerUpload ListTagsForResource PutImage "
    "TagResource UploadLayerPart"
)
_ROLE = (
    "CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole ListAttachedRolePolicies ListRolePolicies "
    "ListRoleTags PutRolePolicy SimulatePrincipalPolicy TagRole"
)
_SAGEMAKER = (
    "AddTags CreateEndpoint CreateEndpointConfig CreateModel CreateNotebookInstance "
    "CreateNotebookInstanceLifecycleConfig CreatePresignedNotebookInstanceUrl CreateTrainingJob CreateTransformJob "
    "DeleteEndpoint DeleteEndpointConfig DeleteModel DeleteNotebookInstance DeleteNotebookInstanceLifecycleConfig "
    "DescribeEndpoint DescribeEndpointConfig DescribeModel DescribeNotebookInstance "
    "DescribeNotebookInstanceLifecycleConfig DescribeTrainingJob DescribeTransformJob InvokeEndpoint "
    "InvokeEndpointAsync ListTags StartNotebookInstance StopNotebookInstance StopTrainingJob StopTransformJob "
    "UpdateEndpoint UpdateEndpointWeightsAndCapacities"
)
_LOGS = (
    "CreateLogGroup DeleteLogGroup DeleteLogStream DescribeLogStreams FilterLogEvents GetLogEvents ListTagsForResource "
    "PutRetentionPolicy TagResource"
)
_ALARMS = "DeleteAlarms ListTagsForResource PutMetricAlarm TagResource"
_SCALING = (
    "DeleteScalingPolicy DeregisterScalableTarget DescribeScalableTargets ListTagsForResource PutScalingPolicy "
    "RegisterScalableTarget TagResource"
)
_NETWORK = "CreateNetworkInterface DeleteNetworkInterface DescribeSecurityGroups DescribeSubnets DescribeVpcs"
_KEY = "CreateGrant Decrypt DescribeKey GenerateDataKey RetireGrant"
SCALING_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"
_SCALING_ROLE = f"role/aws-service-role/{SCALING_SERVICE}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"


CONDITIONS = {
    "pass role": {"iam:PassedToService": "sagemaker.amazonaws.com"},
    "scaling role": {"iam:AWSServiceName": SCALING_SERVICE},
}
"""The context keys, with their values, that limit some of the actions."""


SSO_PATH = "aws-reserved/sso.amazonaws.com"
MANAGED_MOST = 6144
"""The largest length of a managed policy; IAM does not count white space. A user's inline policy may have 2,048."""


def deployer_actions(account: Account, role: str | None = None) -> dict[str, tuple[list[str], list[str]]]:
    """Return the actions and the resources that the user needs, by purpose.

    Args:
        account: the account. The rights for a network or a key are left out if its guardrails have none.
        role: the role to pass to SageMaker, by name or ARN; None for the workspace's own.
    """
    guardrails = account.guardrails
    parts = _actions(
        account.session.arn, bucket_name(account), account.shared_name, role_name(account), role, guardrails.key
    )
    if guardrails.network is None:
        del parts["network"]
    if guardrails.key is None:
        del parts["key"]
    return parts


def deployer_policy(account: str, region: str, role: str | None = None, partition: str = "aws") -> dict[str, Any]:
    """Return the policy for the user who runs Saekdong, for all workspaces of an account and region.

    Args:
        account: the account's number.
        region: the region.
        role: the role to pass to SageMaker, by name or ARN; None for the workspaces' own.
        partition: the region's partition.

    Example:
        >>> policy = deployer_policy("123456789012", "ap-northeast-2")
        >>> policy["Statement"][0]["Resource"][0]
        'arn:aws:s3:::saekdong-123456789012-ap-northeast-2-*'
    """

    def arn(service: str, resource: str, *, region: str = region, account: str = account) -> str:
        return f"arn:{partition}:{service}:{region}:{account}:{resource}"

    parts = _actions(arn, f"saekdong-{account}-{region}-*", "saekdong-*", "saekdong-*", role)
    # For the doctor, which looks up the rights of the user who runs it.
    whoever = [arn("iam", who, region="") for who in ("user/${aws:username}", f"role/{SSO_PATH}/*")]
    given = [_role_arn(arn, role)] if role else []
    parts["doctor"] = (_of("iam", "GetRole SimulatePrincipalPolicy"), [*whoever, *given])
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": _sid(what), "Effect": "Allow", "Action": actions, "Resource": resources, **_conditions(what)}
            for what, (actions, resources) in parts.items()
        ],
    }


def length(policy: dict[str, Any]) -> int:
    """Return a policy's length as IAM counts it: without white space.

    Example:
        >>> length({"Version": "2012-10-17"})
        24
    """
    return len(json.dumps(policy, separators=(",", ":")))


def _role_arn(arn: Any, role: str) -> str:
    return role if role.startswith("arn:") else str(arn("iam", f"role/{role}", region=""))


def _actions(
    arn: Any, bucket: str, repository: str, own_role_name: str, role: str | None, key: str | None = None
) -> dict[str, tuple[list[str], list[str]]]:
    bucket_arn = arn("s3", bucket, region="", account="")
    own_role = arn("iam", f"role/{own_role_name}", region="")
    return {
        "S3": (_of("s3", _BUCKET), [bucket_arn, f"{bucket_arn}/*"]),
        "ECR": (_of("ecr", _REPOSITORY), [arn("ecr", f"repository/{repository}")]),
        "ECR login": (_of("ecr", "GetAuthorizationToken"), ["*"]),
        "IAM": (_of("iam", _ROLE), [own_role]),
        "pass role": (_of("iam", "PassRole"), [_role_arn(arn, role) if role else own_role]),
        "SageMaker": (_of("sagemaker", _SAGEMAKER), [arn("sagemaker", "*")]),
        "logs": (_of("logs", _LOGS), [arn("logs", "log-group:/aws/sagemaker/*")]),
        "alarms": (_of("cloudwatch", _ALARMS), [arn("cloudwatch", "alarm:saekdong-*")]),
        "scaling": (_of("application-autoscaling", _SCALING), ["*"]),
        "scaling role": (_of("iam", "CreateServiceLinkedRole"), [arn("iam", _SCALING_ROLE, region="")]),
        # Application Auto Scaling makes the alarms of a policy with the rights of the user who puts it.
        "scaling alarms": (
            _of("cloudwatch", "DeleteAlarms PutMetricAlarm"),
            [arn("cloudwatch", "alarm:TargetTracking-*")],
        ),
        # For a notebook in a VPC.
        "network": (_of("ec2", _NETWORK), ["*"]),
        "key": (_of("kms", _KEY), [key or arn("kms", "key/*")]),
        "lists": (
            [
                "cloudwatch:DescribeAlarms",
                "logs:DescribeLogGroups",
                "servicequotas:ListAWSDefaultServiceQuotas",
                "servicequotas:ListServiceQuotas",
                "tag:GetResources",
            ],
            ["*"],
        ),
    }


def _of(service: str, names: str) -> list[str]:
    return [f"{service}:{name}" for name in names.split()]


def _sid(what: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in what.split())


def _conditions(what: str) -> dict[str, Any]:
    return {"Condition": {"StringEquals": CONDITIONS[what]}} if what in CONDITIONS else {}
