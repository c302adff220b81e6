"""What whoever runs Saekdong must be allowed, and no more."""

from typing import Any

from saekdong.aws.account import Account
from saekdong.aws.bucket import bucket_name

_BUCKET = (
    "AbortMultipartUpload CreateBucket DeleteBucket DeleteObject DeleteObjectVersion GetBucketLocation "
    "GetBucketTagging GetObject ListBucket ListBucketMultipartUploads ListBucketVersions PutBucketPolicy "
    "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutObject"
)
_REPOSITORY = (
    "BatchCheckLayerAvailability BatchGetImage CompleteLayerUpload CreateRepository DeleteRepository DescribeImages "
    "DescribeRepositories GetDownloadUrlForLayer InitiateLayerUpload ListTagsForResource PutImage TagResource "
    "UploadLayerPart"
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
    "DeregisterScalableTarget DescribeScalableTargets ListTagsForResource PutScalingPolicy RegisterScalableTarget "
    "TagResource"
)
SCALING_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"
_SCALING_ROLE = f"role/aws-service-role/{SCALING_SERVICE}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"


CONDITIONS = {
    "pass role": {"iam:PassedToService": "sagemaker.amazonaws.com"},
    "scaling role": {"iam:AWSServiceName": SCALING_SERVICE},
}
"""The context keys, and their values, on which some of the actions are allowed."""


def deployer_actions(account: Account) -> dict[str, tuple[list[str], list[str]]]:
    """Return the actions and the resources that whoever runs Saekdong must be allowed, by what they are for."""
    return _actions(account.session.arn, bucket_name(account), account.shared_name)


def deployer_policy(account: str, region: str) -> dict[str, Any]:
    """Return the policy for whoever runs Saekdong, for all workspaces of an account and region.

    Example:
        >>> policy = deployer_policy("123456789012", "ap-northeast-2")
        >>> policy["Statement"][0]["Resource"][0]
        'arn:aws:s3:::saekdong-123456789012-ap-northeast-2-*'
    """

    def arn(service: str, resource: str, *, region: str = region, account: str = account) -> str:
        return f"arn:aws:{service}:{region}:{account}:{resource}"

    parts = _actions(arn, f"saekdong-{account}-{region}-*", "saekdong-*")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": _sid(what), "Effect": "Allow", "Action": actions, "Resource": resources, **_conditions(what)}
            for what, (actions, resources) in parts.items()
        ],
    }


def _actions(arn: Any, bucket: str, shared: str) -> dict[str, tuple[list[str], list[str]]]:
    bucket_arn = arn("s3", bucket, region="", account="")
    role = arn("iam", f"role/{shared}", region="")
    return {
        "S3": (_of("s3", _BUCKET), [bucket_arn, f"{bucket_arn}/*"]),
        "ECR": (_of("ecr", _REPOSITORY), [arn("ecr", f"repository/{shared}")]),
        "ECR login": (_of("ecr", "GetAuthorizationToken"), ["*"]),
        "IAM": (_of("iam", _ROLE), [role]),
        "pass role": (_of("iam", "PassRole"), [role]),
        "SageMaker": (_of("sagemaker", _SAGEMAKER), [arn("sagemaker", "*")]),
        "logs": (_of("logs", _LOGS), [arn("logs", "log-group:/aws/sagemaker/*")]),
        "alarms": (_of("cloudwatch", _ALARMS), [arn("cloudwatch", "alarm:saekdong-*")]),
        "scaling": (_of("application-autoscaling", _SCALING), ["*"]),
        "scaling role": (_of("iam", "CreateServiceLinkedRole"), [arn("iam", _SCALING_ROLE, region="")]),
        # Application Auto Scaling makes the alarms of its policies in the name of whoever puts them.
        "scaling alarms": (
            _of("cloudwatch", "DeleteAlarms PutMetricAlarm"),
            [arn("cloudwatch", "alarm:TargetTracking-*")],
        ),
        "lists": (
            [
                "cloudwatch:DescribeAlarms",
                "logs:DescribeLogGroups",
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
