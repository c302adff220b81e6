"""Training jobs: a model learned on AWS by our own image."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from saekdong.aws.account import Account
from saekdong.aws.job import OUTPUT, job_kind, wait_for_job
from saekdong.aws.logs import TRAINING
from saekdong.aws.resource import describe
from saekdong.aws.waiting import Patience
from saekdong.platforms import Report

_VOLUME_GB = 10
_MOST_JOBS = 100


@dataclass(frozen=True)
class Training:
    """How a model is to be learned on AWS.

    Attributes:
        hyperparameters: what our image's `train` takes, all texts.
        metrics: SageMaker's metric definitions (Name, Regex) of the figures that our image prints.
        instance: the type of the instance.
        seconds: at most so long; the best model so far is kept.
    """

    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[Mapping[str, str]] = ()
    instance: str = "ml.m5.large"
    seconds: int = 3600


def train(
    account: Account, name: str, image: str, role: str, channels: Mapping[str, str], how: Training, report: Report
) -> str:
    """Run a training job, or go on with one of the same making, and return the artifact's `s3://` address.

    Args:
        account: where.
        name: the deployment.
        image: our image's address.
        role: the role's ARN.
        channels: the `s3://` prefixes of `train` and `test`.
        how: the rest.
        report: takes what happens.

    Raises:
        SaekdongError: the job failed.
    """
    job = _job_name(account, name, [image, dict(channels), dict(how.hyperparameters), how.instance, how.seconds])
    request = _request(account, job, name, image, role, channels, how)
    if account.ensure(TRAINING_JOB, job, name, lambda: account.client("sagemaker").create_training_job(**request)):
        report(f"training {job} on {how.instance}")
    patient = Patience(how.seconds + account.patience.seconds, account.patience.every)
    waiting = Account(account.session, account.ledger, patient)
    found = wait_for_job(waiting, "training", job, TRAINING, report)
    for figure in found.get("FinalMetricDataList", []):
        report(f"{figure['MetricName']} {figure['Value']:.4f}")
    return str(found["ModelArtifacts"]["S3ModelArtifacts"])


def _request(
    account: Account, job: str, name: str, image: str, role: str, channels: Mapping[str, str], how: Training
) -> dict[str, Any]:
    bucket = next(iter(channels.values())).split("/")[2]
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
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/{OUTPUT}"},
        "ResourceConfig": {"InstanceType": how.instance, "InstanceCount": 1, "VolumeSizeInGB": _VOLUME_GB},
        "StoppingCondition": {"MaxRuntimeInSeconds": how.seconds},
        "EnableNetworkIsolation": True,
        "Tags": account.tag_list(name),
    }


def _job_name(account: Account, name: str, making: list[Any]) -> str:
    """Return the name of the job of this making: the one that runs or is done, else one that was never used.

    SageMaker never gives a job's name free again.
    """
    mark = hashlib.sha256(json.dumps(making, sort_keys=True).encode()).hexdigest()[:8]
    for number in range(1, _MOST_JOBS):
        job = f"{name[:40]}-{mark}-{number}"
        found = describe(account, "training_job", TrainingJobName=job)
        if found is None or found["TrainingJobStatus"] in ("InProgress", "Completed"):
            break
    return job


TRAINING_JOB = job_kind("training", TRAINING)
