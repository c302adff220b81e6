"""The documented policy allows every call that is made."""

import json

import boto3
import pytest

from clouds import MANIFEST, everything, platform, record
from saekdong.captures import CaptureSettings
from saekdong.deploy.aws import Data, Hosting, Scaling, Training
from saekdong.deploy.aws.alarm import ensure_alarm
from saekdong.deploy.aws.bucket import bucket_name
from saekdong.deploy.aws.cost import estimate
from saekdong.deploy.aws.logs import NOTEBOOKS
from saekdong.deploy.aws.notebook import create_notebook, open_notebook, stop_notebook
from saekdong.deploy.aws.policy import deployer_policy
from saekdong.deploy.aws.prices import read_prices
from saekdong.deploy.aws.transform import Transform, transform

PREFIXES = {
    "application-auto-scaling": "application-autoscaling",
    "resource-groups-tagging-api": "tag",
    "cloudwatch-logs": "logs",
    "sagemaker-runtime": "sagemaker",
    "service-quotas": "servicequotas",
}
# S3's actions have names of their own: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
ACTIONS = {
    "s3:DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3:HeadObject": ["s3:GetObject"],
    "s3:ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:ListObjectsV2": ["s3:ListBucket"],
    "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
    "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    "s3:PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    # Allowed to every user with credentials.
    "sts:GetCallerIdentity": [],
}


def actions_of(service, operation):
    called = f"{PREFIXES.get(service, service)}:{operation}"
    return ACTIONS.get(called, [called])


@pytest.fixture
def saekdong(cloud, tmp_path, write):
    """A platform, and the actions that it calls."""
    assert cloud
    data = Data("lab", write("1,2,3,navy", "train.csv"))
    hosting = Hosting("ml.m5.large", scaling=Scaling(1, 2))
    made = platform(tmp_path, data=data, training=Training(), hosting=hosting, capture=CaptureSettings(100))
    tags = {"Tags": made.account.tags("shop")}
    record(made.account, {"application-autoscaling.ListTagsForResource": lambda _: tags})
    yield made
    made.account.session.close()


def test_the_documented_policy_allows_every_call(saekdong, model_file, tmp_path, monkeypatch):
    account = saekdong.account
    somebody = boto3.Session()
    logs, ecr = somebody.client("logs"), somebody.client("ecr")
    logs.create_log_group(logGroupName=NOTEBOOKS)
    logs.create_log_stream(logGroupName=NOTEBOOKS, logStreamName="lab/jupyter.log")
    push = saekdong.push
    layer = {"mediaType": "x", "size": 1, "digest": "sha256:" + "3" * 64}

    def push_two(uri, *others):
        old = json.dumps({**MANIFEST, "layers": [layer]})
        ecr.put_image(repositoryName=account.shared_name, imageManifest=old, imageTag="old")
        return push(uri, *others)

    saekdong.push = push_two
    monkeypatch.setattr("saekdong.deploy.aws.images._KEPT", 0)
    used = set()

    def note(model, **_):
        used.update(actions_of(model.service_model.service_id.hyphenize(), model.name))

    for service in ("sts", "s3", "ecr", "iam", "sagemaker", "logs", "cloudwatch", "application-autoscaling"):
        account.client(service)
    for service in ("sagemaker-runtime", "resourcegroupstaggingapi"):
        account.client(service)
    for client in account.session._clients.values():
        client.meta.events.register("provide-client-params", note)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_text("{}")
    url = {"AuthorizedUrl": "https://notebook/?token=1"}
    record(account, {"sagemaker.CreatePresignedNotebookInstanceUrl": lambda _: url})
    saekdong.deploy(model_file, "shop", print)
    ensure_alarm(account, "shop")
    saekdong.status()
    list(saekdong.logs("shop", follow=False))
    place = f"s3://{bucket_name(account)}/colors"
    transform(account, place, f"{place}/labels/", Transform("shop"), print)
    create_notebook(account, "lab", tmp_path / "notebooks", print)
    open_notebook(account, "lab", print)
    stop_notebook(account, "lab", print)
    estimate(account, read_prices(None))
    saekdong.destroy(None, print, dry_run=False)
    allowed = {action for one in deployer_policy("1", "r")["Statement"] for action in one["Action"]}
    assert used - allowed == set()
    assert len(used) > 50
    assert {"ecr:BatchDeleteImage", "logs:DeleteLogStream", "s3:GetObject", "s3:GetLifecycleConfiguration"} < used
    assert everything(account.session) == {"log group": [NOTEBOOKS]}
