"""Remove old images from the workspace's repository once nothing uses them."""

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.endpoint import MODEL
from saekdong.deploy.aws.refusals import is_missing
from saekdong.deploy.aws.resource import describe_resource
from saekdong.deploy.aws.teardown import here
from saekdong.deploy.aws.training import TRAINING_JOB
from saekdong.deploy.platform import Report
from saekdong.lang import counted

_KEPT = 3
_AT_ONCE = 100


def prune_images(account: Account, report: Report) -> None:
    """Remove the images that no model and no running job of the workspace uses, except the newest ones.

    A lifecycle policy of ECR would remove by age or number; it cannot see which images endpoints use.
    """
    older = _images(account)[_KEPT:]
    used = _in_use(account) if older else set()
    digests = [digest for digest in older if digest not in used]
    for start in range(0, len(digests), _AT_ONCE):
        account.client("ecr").batch_delete_image(
            repositoryName=account.shared_name,
            imageIds=[{"imageDigest": digest} for digest in digests[start : start + _AT_ONCE]],
        )
    if digests:
        report(f"removed {counted(len(digests), 'older image')} that nothing uses from {account.shared_name}")


def _images(account: Account) -> list[str]:
    """Return the digests of the images in the workspace's repository, the newest first."""
    from botocore.exceptions import ClientError

    pages = account.client("ecr").get_paginator("describe_images").paginate(repositoryName=account.shared_name)
    try:
        images = [image for page in pages for image in page["imageDetails"]]
    except ClientError as error:
        if is_missing(error):
            return []
        raise
    return [image["imageDigest"] for image in sorted(images, key=lambda one: one["imagePushedAt"])][::-1]


def _in_use(account: Account) -> set[str]:
    """Return the digests of the images that existing models and running training jobs use."""
    images = []
    for entry in here(account):
        if entry.kind == MODEL.name and (model := describe_resource(account, "model", ModelName=entry.name)):
            images.append(model["PrimaryContainer"]["Image"])
        elif entry.kind == TRAINING_JOB.name and (
            job := describe_resource(account, "training_job", TrainingJobName=entry.name)
        ):
            # A finished job has already pulled its image.
            images += [job["AlgorithmSpecification"]["TrainingImage"]] * (job["TrainingJobStatus"] == "InProgress")
    return {image.rpartition("@")[2] for image in images}
