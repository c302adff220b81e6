"""Training jobs: train a model on AWS with Saekdong's image."""

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.bucket import exists
from saekdong.deploy.aws.job import COMPLETED, OUTPUT, job_kind, run_aws_job
from saekdong.deploy.aws.logs import TRAINING
from saekdong.deploy.aws.resource import describe_resource
from saekdong.deploy.aws.waiting import AwsPatience
from saekdong.deploy.platform import Report

_VOLUME_GB = 10


@dataclass(frozen=True)
class Training:
    """The settings of a training job.

    Attributes:
        hyperparameters: options of the image's `train`, as texts.
        metrics: SageMaker's metric definitions (Name, Regex) of the figures that the image prints.
        instance: the instance type.
        seconds: the largest duration; the best model found until then is kept.
    """

    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[Mapping[str, str]] = ()
    instance: str = "ml.m5.large"
    seconds: int = 3600


def train_on_aws(
    account: Account, name: str, image: str, role: str, channels: Mapping[str, str], how: Training, report: Report
) -> str:
    """Return the `s3://` address of the artifact of a training job on these rows, with this image and these settings.

    If such a job is running, wait for it; if one is done and its artifact exists, use it again.

    Args:
        account: the account of the job.
        name: the deployment's name.
        image: the image's address, with its digest.
        role: the role's ARN.
        channels: the `s3://` prefixes of `train` and `test`, which contain the digest of the rows.
        how: the other settings.
        report: takes progress lines.

    Raises:
        SaekdongError: the job failed.
    """
    making = [image, dict(channels), dict(how.hyperparameters), how.instance, how.seconds]

    def start() -> str:
        job, status = _choose_job(account, name, making)
        request = _request(account, job, name, image, role, channels, how)
        if account.ensure(TRAINING_JOB, job, name, lambda: account.client("sagemaker").create_training_job(**request)):
            report(f"training {job} on {how.instance}")
        elif status == COMPLETED:
            report(f"the rows, image and settings are those of the training job {job}; its model is used again")
        else:
            report(f"going on with the training job {job}, which runs already")
        return job

    patient = AwsPatience(how.seconds + account.patience.seconds, account.patience.every)
    waiting = Account(account.session, account.ledger, patient)
    found = run_aws_job(waiting, "training", start, TRAINING, report)
    for figure in found.get("FinalMetricDataList", []):
        report(f"{figure['MetricName']} {figure['Value']:.4f}")
    artifact = str(found["ModelArtifacts"]["S3ModelArtifacts"])
    report(f"model: {artifact}")
    return artifact


def _request(
    account: Account, job: str, name: str, image: str, role: str, channels: Mapping[str, str], how: Training
) -> dict[str, Any]:
    bucket = next(iter(channels.values())).split("/")[2]
    key, network = account.guardrails.key, account.guardrails.network
    return {
        "TrainingJobName": job,
        "HyperParameters": dict(how.hyperparameters),
        "AlgorithmSpecification": {
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [dict(metric) for metric in how.metrics],
        },
        "RoleArn": role,
        "InputDataConfig": [
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": address,
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
            }
            for channel, address in channels.items()
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/{OUTPUT}", **({"KmsKeyId": key} if key else {})},
        "ResourceConfig": {
            "InstanceType": how.instance,
            "InstanceCount": 1,
            "VolumeSizeInGB": _VOLUME_GB,
            **({"VolumeKmsKeyId": key} if key else {}),
        },
        **({"VpcConfig": network.vpc_config} if network else {}),
        "StoppingCondition": {"MaxRuntimeInSeconds": how.seconds},
        "EnableNetworkIsolation": True,
        "Tags": account.tag_list(name),
    }


def _choose_job(account: Account, name: str, making: list[Any]) -> tuple[str, str]:
    """Return the name and status of the job to use, which runs or has its artifact; otherwise an unused name.

    SageMaker never frees a job's name, and keeps the record of a job whose artifact was removed.
    """
    mark = hashlib.sha256(json.dumps(making, sort_keys=True).encode()).hexdigest()[:8]
    for number in itertools.count(1):
        job = f"{name[:40]}-{mark}-{number}"
        found = describe_resource(account, "training_job", TrainingJobName=job)
        if found is None:
            break
        if found["TrainingJobStatus"] == "InProgress" or _has_artifact(account, found):
            return job, str(found["TrainingJobStatus"])
    return job, ""


def _has_artifact(account: Account, found: dict[str, Any]) -> bool:
    return found["TrainingJobStatus"] == COMPLETED and exists(account, found["ModelArtifacts"]["S3ModelArtifacts"])


TRAINING_JOB = job_kind("training", TRAINING)
