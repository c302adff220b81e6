"""Recorded answers of AWS while something new spreads, given over HTTP by a proxy in front of moto."""

import itertools

import pytest

from clouds import ACCOUNT, REGION, everything, proxy
from saekdong.deploy.aws import Data, Hosting, Scaling, Training
from saekdong.deploy.aws.notebook import create_notebook
from saekdong.deploy.aws.propagation import TABLE
from saekdong.deploy.aws.transform import Transform, transform
from saekdong.deploy.aws.waiting import AwsPatience
from saekdong.errors import SaekdongError

ROLE = f"arn:aws:iam::{ACCOUNT}:role/saekdong-0123abcd"
NO_ROLE = (
    "ValidationException",
    f"Could not assume role {ROLE}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' "
    "to assume the role.",
)
NO_ROWS = (
    "ValidationException",
    f'No S3 objects found under S3 URL "s3://shop/data/" given in input data source. Please ensure that the bucket '
    f"exists in the selected region ({REGION}), that objects exist under that S3 prefix, and that the role "
    f'"{ROLE}" has "s3:ListBucket" permissions on bucket "shop".',
)
NO_LIST = (
    "ValidationException",
    f"S3 error: User: arn:aws:sts::{ACCOUNT}:assumed-role/saekdong-0123abcd/SageMaker is not authorized to perform: "
    's3:ListBucket on resource: "arn:aws:s3:::shop" because no identity-based policy allows the s3:ListBucket action',
)
NO_ARTIFACT = (
    "ValidationException",
    f"Could not access model data at s3://shop/model/model.tar.gz. Please ensure that the role {ROLE} exists and that "
    'its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
    '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the object is '
    f"located in {REGION}.",
)
NO_IMAGE = (
    "ValidationException",
    f"The role '{ROLE}' does not have BatchGetImage permission for the image: "
    f"'{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/saekdong-0123abcd@sha256:1'.",
)
NO_CONFIG = ("ValidationException", f'Could not find endpoint configuration "arn:aws:sagemaker:{REGION}:1:x".')
NO_MODEL = ("ValidationException", f'Could not find model "arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/x".')
NO_TARGET = (
    "ObjectNotFoundException",
    "No scalable target registered for service namespace: sagemaker, resource ID: endpoint/shop/variant/AllTraffic",
)
NO_SCALER = (
    "ValidationException",
    f"Unable to assume IAM role: arn:aws:iam::{ACCOUNT}:role/aws-service-role/sagemaker.application-autoscaling."
    "amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
)
NO_BUCKET = ("NoSuchBucket", "The specified bucket does not exist")
BUSY_BUCKET = (
    "OperationAborted",
    "A conflicting conditional operation is currently in progress against this resource. Please try again.",
)
NO_ENTITY = ("NoSuchEntity", "The role with name saekdong-0123abcd cannot be found.")
NO_GROUP = ("ResourceNotFoundException", "The specified log group does not exist.")

# Recorded answers of AWS, by operation; S3's by method and query.
RECORDED = {
    "CreateModel": [NO_ROLE, NO_ARTIFACT, NO_IMAGE],
    "CreateEndpointConfig": [NO_MODEL],
    "CreateEndpoint": [NO_CONFIG, NO_IMAGE],
    "CreateTrainingJob": [NO_ROLE, NO_ROWS, NO_LIST, NO_IMAGE],
    "RegisterScalableTarget": [NO_SCALER],
    "PutScalingPolicy": [NO_TARGET],
    "PutRolePolicy": [NO_ENTITY],
    "PutRetentionPolicy": [NO_GROUP],
    "PUT tagging": [NO_BUCKET, BUSY_BUCKET],
    "PUT publicAccessBlock": [BUSY_BUCKET],
    "PUT encryption": [NO_BUCKET],
    "PUT versioning": [BUSY_BUCKET],
}


class Told(list):
    """Takes what is reported."""

    def __call__(self, line):
        self.append(line)


@pytest.fixture
def weather(cloud, monkeypatch):
    """A proxy in front of moto, in the environment."""
    with proxy(cloud) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.address)
        yield made


@pytest.fixture
def make(weather, make):
    """Make platforms of one workspace behind the proxy."""
    assert weather
    return make


def test_a_deployment_that_trains_waits_until_all_that_is_new_has_spread(weather, make, model_file, write):
    weather.recorded = {operation: iter(answers) for operation, answers in RECORDED.items()}
    data = Data("lab", write("r,g,b,label", "train.csv"))
    hosting = Hosting("ml.m5.large", scaling=Scaling(1, 2))
    told = Told()
    assert make(data=data, training=Training(), hosting=hosting).deploy(model_file, "shop", told).status == "InService"
    assert weather.given == sum(len(answers) for answers in RECORDED.values())
    waits = [line for line in told if line.startswith("waiting up to 5 s until AWS knows ")]
    # One line a call, however often it is refused.
    assert len(waits) == len(RECORDED)
    assert f"waiting up to 5 s until AWS knows the role everywhere: {NO_ROLE[1]}" in waits


def test_a_notebook_and_a_transform_wait_for_the_role(weather, make, model_file, tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_text("{}")
    saekdong = make()
    saekdong.deploy(model_file, "shop", Told())
    weather.recorded = {
        "CreateNotebookInstance": iter([NO_ROLE]),
        "CreateTransformJob": iter([NO_ROLE, NO_MODEL, NO_ROWS]),
    }
    told = Told()
    create_notebook(saekdong.account, "lab", tmp_path / "notebooks", told)
    transform(saekdong.account, "s3://in/colors/", "s3://out/labels/", Transform("shop"), told)
    assert weather.given == 4
    assert len([line for line in told if line.startswith("waiting up to")]) == 2


@pytest.mark.parametrize(
    ("answer", "fix"),
    [
        (NO_ROLE, "check that the role exists and trusts sagemaker.amazonaws.com; 'saekdong doctor --on sagemaker'"),
        (NO_ARTIFACT, "check that the objects exist in this region and that the role may read them"),
        (NO_IMAGE, "check that the role may pull the image"),
    ],
)
def test_what_does_not_pass_is_reported_after_the_deadline_and_leaves_nothing(weather, make, model_file, answer, fix):
    weather.recorded = {"CreateModel": itertools.repeat(answer)}
    saekdong = make()
    saekdong.account.session.patience = AwsPatience(0.1, 0.01)
    with pytest.raises(SaekdongError, match=r"AWS still refuses: .*CreateModel operation") as error:
        saekdong.deploy(model_file, "shop", Told())
    assert fix in str(error.value)
    # How often it fits into a tenth of a second depends on the machine.
    assert weather.given > 1
    assert everything(saekdong.account.session) == {}


def test_a_real_mistake_is_reported_at_once(weather, make, model_file):
    weather.recorded = {"CreateModel": itertools.repeat(("ValidationException", "1 validation error detected"))}
    with pytest.raises(SaekdongError, match=r"AWS refused: .*1 validation error detected"):
        make().deploy(model_file, "shop", Told())
    assert weather.given == 1


def test_lookups_are_never_retried_as_if_something_were_new():
    assert not [operation for operation in TABLE if operation.startswith(("Describe", "Get", "List", "Head"))]
