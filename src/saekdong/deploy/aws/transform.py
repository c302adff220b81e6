"""Batch transform: predict for all objects under an S3 prefix, without an endpoint."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.bucket import exists, parse_address
from saekdong.deploy.aws.endpoint import MODEL
from saekdong.deploy.aws.guardrails import check_volume_key
from saekdong.deploy.aws.job import job_kind, run_aws_job
from saekdong.deploy.aws.logs import TRANSFORM
from saekdong.deploy.aws.repository import check_image, look_at
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError

_BY_LINE = ("text/csv", "application/jsonlines")
_PAYLOAD_MB = 6


@dataclass(frozen=True)
class Transform:
    """The settings of a batch transform.

    Attributes:
        name: the deployment whose model predicts.
        content_type: the media type of the objects, one that the service accepts.
        instance: the instance type.
        count: the number of instances.
    """

    name: str
    content_type: str = "text/csv"
    instance: str = "ml.m5.large"
    count: int = 1


def transform(account: Account, source: str, target: str, how: Transform, report: Report) -> str:
    """Predict for every object under `source`, write the answers under `target` as NAME.out, and return the target.

    Args:
        account: the account of the job.
        source: an `s3://` prefix. The workspace's own role reads only the workspace's bucket.
        target: the `s3://` prefix of the answers.
        how: the other settings.
        report: takes progress lines.

    Raises:
        SaekdongError: nothing is deployed under that name, an address is not of S3, the model's image
            does not fit the instances, or the job failed.
    """
    account.session.report = report
    check_volume_key(account.guardrails.key, how.instance, "--instance")
    for address in (source, target):
        parse_address(address)
    served = account.ledger.served(how.name)
    if not served or MODEL.tags(account, served[-1]["config"]) is None:
        raise SaekdongError(
            f"nothing is deployed as {how.name}", fix=f"saekdong deploy MODEL --on sagemaker --name {how.name}"
        )
    model = account.client("sagemaker").describe_model(ModelName=served[-1]["config"])
    check_image(look_at(account, model["PrimaryContainer"]["Image"]), how.instance)
    config = served[-1]["config"]
    source = _prefix(account, source)
    run_aws_job(account, "transform", lambda: _start(account, config, source, target, how), TRANSFORM, report)
    return target


def _prefix(account: Account, source: str) -> str:
    """Return the prefix with its final slash, so that S3 does not match neighbors, unless it is an object's address."""
    return source if source.endswith("/") or exists(account, source) else f"{source}/"


def _start(account: Account, model: str, source: str, target: str, how: Transform) -> str:
    job = f"{how.name[:40]}-{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(2)}"
    by_line = how.content_type in _BY_LINE
    key = account.guardrails.key
    account.ensure(
        TRANSFORM_JOB,
        job,
        how.name,
        lambda: account.client("sagemaker").create_transform_job(
            TransformJobName=job,
            ModelName=model,
            BatchStrategy="MultiRecord" if by_line else "SingleRecord",
            MaxPayloadInMB=_PAYLOAD_MB,
            TransformInput={
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
                "ContentType": how.content_type,
                "SplitType": "Line" if by_line else "None",
            },
            TransformOutput={
                "S3OutputPath": target,
                "Accept": how.content_type if by_line else "application/json",
                "AssembleWith": "Line" if by_line else "None",
                **({"KmsKeyId": key} if key else {}),
            },
            # The job runs in the model's network.
            TransformResources={
                "InstanceType": how.instance,
                "InstanceCount": how.count,
                **({"VolumeKmsKeyId": key} if key else {}),
            },
            Tags=account.tag_list(how.name),
        ),
    )
    return job


TRANSFORM_JOB = job_kind("transform", TRANSFORM)
