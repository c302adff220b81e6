"""What companies ask of all that is made: their tags, their key, their network, on moto's server."""

import dataclasses
import datetime
import json

import pytest

from clouds import ACCOUNT, REGION, record
from saekdong.deploy.aws import Data, Guardrails, Hosting, Network, Serverless, Training
from saekdong.deploy.aws.bucket import bucket_name
from saekdong.deploy.aws.cost import estimate
from saekdong.deploy.aws.doctor import examine
from saekdong.deploy.aws.notebook import create_notebook
from saekdong.deploy.aws.prices import Prices, read_prices
from saekdong.deploy.aws.quotas import QuotaPlan
from saekdong.deploy.aws.role import role_name
from saekdong.deploy.aws.transform import Transform, transform
from saekdong.errors import SaekdongError

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
NETWORK = Network(("subnet-0123abcd", "subnet-0123abce"), ("sg-0123abcd",))
VPC = {"Subnets": ["subnet-0123abcd", "subnet-0123abce"], "SecurityGroupIds": ["sg-0123abcd"]}
TAGS = {"team": "web shop", "cost-center": "4711"}
NOW = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)


@pytest.fixture
def make(make):
    def make_platform(guardrails=None, **options):
        made = make(**options)
        made.account.guardrails = guardrails or Guardrails(TAGS, KEY, NETWORK)
        return made

    return make_platform


def quiet(_):
    pass


def asked_of(account, *operations):
    """Collect what is asked of some operations; moto answers."""
    asked = {operation: [] for operation in operations}
    for operation in operations:
        service, _, name = operation.partition(".")
        account.client(service).meta.events.register(
            f"provide-client-params.{service}.{name}",
            lambda params, collected=asked[operation], **_: collected.append(params),
        )
    return asked


def tags_in(request):
    """Return a request's tags, in whichever form its service takes them."""
    given = request.get("Tags") or request.get("tags") or request["Tagging"]["TagSet"]
    return given if isinstance(given, dict) else {one["Key"]: one["Value"] for one in given}


def test_all_that_is_made_bears_the_companys_tags_and_ours(make, model_file):
    sagemaker = make()
    asked = asked_of(
        sagemaker.account,
        "s3.PutBucketTagging",
        "ecr.CreateRepository",
        "iam.CreateRole",
        "logs.CreateLogGroup",
        "sagemaker.CreateModel",
        "sagemaker.CreateEndpointConfig",
        "sagemaker.CreateEndpoint",
    )
    sagemaker.deploy(model_file, "shop", quiet)
    for operation, requests in asked.items():
        (request,) = requests
        ours = sagemaker.account.ledger.workspace
        assert {**TAGS, "saekdong:workspace": ours}.items() <= tags_in(request).items(), operation


def test_the_bucket_keeps_the_tags_that_others_gave_it(make, model_file):
    sagemaker = make()
    sagemaker.deploy(model_file, "shop", quiet)
    s3, bucket = sagemaker.account.client("s3"), bucket_name(sagemaker.account)
    now = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [*now, {"Key": "audited", "Value": "yes"}]})
    plain = make(Guardrails())
    plain.deploy(model_file, "other", quiet)
    kept = {one["Key"]: one["Value"] for one in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
    assert {**TAGS, "audited": "yes"}.items() <= kept.items()


def test_the_key_encrypts_volumes_objects_and_images_and_stays_for_the_next(make, model_file):
    sagemaker = make(hosting=Hosting(is_async=True))
    account = sagemaker.account
    record(account, {"sagemaker-runtime.InvokeEndpointAsync": lambda _: answered(account)})
    asked = asked_of(account, "sagemaker.CreateEndpointConfig", "ecr.CreateRepository")
    sagemaker.deploy(model_file, "shop", quiet)
    (config,) = asked["sagemaker.CreateEndpointConfig"]
    assert config["KmsKeyId"] == KEY
    assert config["AsyncInferenceConfig"]["OutputConfig"]["KmsKeyId"] == KEY
    (repository,) = asked["ecr.CreateRepository"]
    assert repository["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": KEY}
    make(Guardrails()).deploy(model_file, "plain", quiet)
    rules = account.client("s3").get_bucket_encryption(Bucket=bucket_name(account))
    (rule,) = rules["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}


def answered(account):
    """Recorded: an asynchronous answer, which is there at once."""
    from saekdong.deploy.aws.bucket import upload

    where = upload(account, "async/shop/out/1", b'{"label": "navy"}')
    return {"InferenceId": "1", "OutputLocation": where}


def test_the_role_may_use_network_and_key_and_keeps_it_for_the_endpoints_that_have_them(make, model_file):
    make().deploy(model_file, "shop", quiet)
    plain = make(Guardrails())
    plain.deploy(model_file, "plain", quiet)
    iam, role = plain.account.client("iam"), role_name(plain.account)
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    allowed = {
        action: statement["Resource"]
        for name in names
        for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }
    assert allowed["kms:GenerateDataKey"] == [KEY]
    assert f"arn:aws:ec2:{REGION}:*:subnet/*" in allowed["ec2:CreateNetworkInterface"]
    assert allowed["ec2:DescribeDhcpOptions"] == ["*"]


def test_the_model_and_the_training_job_run_in_the_network(make, model_file, write):
    sagemaker = make(data=Data("lab", write("x", "train.csv")), training=Training({}, (), "ml.c5.xlarge"), keep=True)
    asked = asked_of(sagemaker.account, "sagemaker.CreateModel", "sagemaker.CreateTrainingJob")
    sagemaker.deploy(model_file, "shop", quiet)
    (model,), (job,) = asked.values()
    assert model["VpcConfig"] == job["VpcConfig"] == VPC
    assert job["ResourceConfig"]["InstanceType"] == "ml.c5.xlarge"
    assert job["ResourceConfig"]["VolumeKmsKeyId"] == job["OutputDataConfig"]["KmsKeyId"] == KEY
    assert TAGS.items() <= tags_in(job).items()


def test_a_transform_job_has_the_key_and_the_tags(make, model_file):
    sagemaker = make()
    sagemaker.deploy(model_file, "shop", quiet)
    asked = asked_of(sagemaker.account, "sagemaker.CreateTransformJob")
    transform(sagemaker.account, "s3://in/", "s3://out/", Transform("shop"), quiet)
    (job,) = asked["sagemaker.CreateTransformJob"]
    assert job["TransformResources"]["VolumeKmsKeyId"] == job["TransformOutput"]["KmsKeyId"] == KEY
    assert TAGS.items() <= tags_in(job).items()
    with pytest.raises(SaekdongError, match=r"AWS takes no key for the volumes of ml.m5d.large.*another --instance"):
        transform(sagemaker.account, "s3://in/", "s3://out/", Transform("shop", instance="ml.m5d.large"), quiet)


def test_a_notebook_in_a_network_has_no_other_way_to_the_internet(make, tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_text("{}")
    account = make().account
    asked = asked_of(account, "sagemaker.CreateNotebookInstance")
    create_notebook(account, "lab", tmp_path / "notebooks", quiet)
    (notebook,) = asked["sagemaker.CreateNotebookInstance"]
    assert (notebook["SubnetId"], notebook["SecurityGroupIds"]) == ("subnet-0123abcd", ["sg-0123abcd"])
    assert (notebook["DirectInternetAccess"], notebook["KmsKeyId"]) == ("Disabled", KEY)
    assert TAGS.items() <= tags_in(notebook).items()


def test_the_container_has_as_long_to_start_as_is_said(make, model_file):
    sagemaker = make(Guardrails(), hosting=Hosting(startup_seconds=900))
    asked = asked_of(sagemaker.account, "sagemaker.CreateEndpointConfig")
    sagemaker.deploy(model_file, "shop", quiet)
    (variant,) = asked["sagemaker.CreateEndpointConfig"][0]["ProductionVariants"]
    assert variant["ContainerStartupHealthCheckTimeoutInSeconds"] == 900


def test_provisioned_concurrency_is_asked_for(make, model_file):
    sagemaker = make(Guardrails(), hosting=Hosting(serverless=Serverless(2048, 10, 4)))
    asked = asked_of(sagemaker.account, "sagemaker.CreateEndpointConfig")
    sagemaker.deploy(model_file, "shop", quiet)
    (variant,) = asked["sagemaker.CreateEndpointConfig"][0]["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 10, "ProvisionedConcurrency": 4}
    own = Prices("2026-11-01", "ours", "USD", {REGION: {"provisioned": {"2048": 0.02}}})
    for prices, hour in ((read_prices(None), None), (own, 0.08)):
        (item,) = [one for one in estimate(sagemaker.account, prices) if one.kind == "endpoint"]
        assert (item.what, item.hour) == ("4 x 2048 MB kept ready, and requests", hour)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"hosting": Hosting(serverless=Serverless())}, "AWS does not run serverless endpoints in a VPC; leave out"),
        ({"training": Training(instance="ml.g5.xlarge")}, "AWS takes no key for the volumes of ml.g5.xlarge"),
    ],
)
def test_what_aws_does_not_combine_is_refused_before_anything_is_made(make, model_file, write, options, told):
    sagemaker = make(data=Data("lab", write("x", "train.csv")), **options)
    with pytest.raises(SaekdongError, match=told):
        sagemaker.deploy(model_file, "shop", quiet)
    assert sagemaker.account.ledger.standing() == []


@pytest.fixture
def examined(make):
    """Return the doctor's findings for these guardrails; rights and quotas are recorded."""

    def simulate(asked):
        results = [{"EvalActionName": action, "EvalDecision": "allowed"} for action in asked["ActionNames"]]
        return {"EvaluationResults": results, "IsTruncated": False}

    account = make(Guardrails()).account
    quotas = {f"service-quotas.List{what}ServiceQuotas": lambda _: {"Quotas": []} for what in ("", "AWSDefault")}
    record(account, {"iam.SimulatePrincipalPolicy": simulate, **quotas})

    def findings(**guardrails):
        chosen = dataclasses.replace(account, guardrails=Guardrails(**guardrails))
        return account, {one.check: one for one in examine(lambda: chosen, QuotaPlan())}

    return findings


def test_the_doctor_looks_at_the_network(examined):
    account, before = examined()
    assert not {"network", "your rights: network", "key", "your rights: key"} & set(before)
    ec2 = account.client("ec2")
    vpcs = [ec2.create_vpc(CidrBlock=f"10.{at}.0.0/16")["Vpc"]["VpcId"] for at in (1, 2)]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{at}.0.0/24")["Subnet"]["SubnetId"]
        for at, vpc in enumerate(vpcs, 1)
    ]
    group = ec2.create_security_group(GroupName="a", Description="a", VpcId=vpcs[0])["GroupId"]
    _, findings = examined(network=Network((subnets[0],), (group,)))
    assert findings["network"].found.startswith(f"{vpcs[0]}, zones {REGION}")
    assert findings["your rights: network"].result == "good"
    _, findings = examined(network=Network(tuple(subnets), (group,)))
    assert (findings["network"].result, findings["network"].fix) == ("fails", "give subnets and groups of one VPC")
    _, findings = examined(network=NETWORK)
    assert findings["network"].result == "fails"
    assert "subnet-0123abc" in findings["network"].found
    assert findings["network"].fix.startswith("aws ec2 describe-subnets --region ")


def test_the_doctor_looks_at_the_key(examined):
    account, _ = examined()
    kms = account.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    assert examined(key=arn)[1]["key"].result == "good"
    kms.disable_key(KeyId=arn.rpartition("/")[2])
    assert examined(key=arn)[1]["key"].fix == f"aws kms enable-key --key-id {arn}"
    missing = examined(key=KEY)[1]["key"]
    assert (missing.result, missing.found) == ("fails", f"there is no key {KEY}")
    elsewhere = KEY.replace(REGION, "eu-west-1")
    assert examined(key=elsewhere)[1]["key"].fix == "give a key of the region"


def test_settings_of_the_workspace_ask_it_of_every_command(tmp_path, monkeypatch):
    """A key at the top of saekdong.toml goes to every command that has such an option."""
    from saekdong.cli.app import run
    from saekdong.workspace import Workspace

    (tmp_path / "saekdong.toml").write_text(
        f'kms_key = "{KEY}"\ntags = ["team=web shop", "cost-center=4711"]\n'
        f"subnets = {json.dumps(VPC['Subnets'])}\nsecurity_groups = {json.dumps(VPC['SecurityGroupIds'])}\n"
    )
    monkeypatch.chdir(tmp_path)
    given = []

    def account(_, *asked):
        given.append(asked[3])
        raise SaekdongError("enough")

    monkeypatch.setattr(Workspace, "account", account)
    assert run(["deploy", "starter", "--on", "sagemaker"]) == 2
    assert run(["transform", "s3://in/", "s3://out/"]) == 2
    assert run(["notebook", "create"]) == 2
    whole = Guardrails(TAGS, KEY, NETWORK)
    assert given == [whole, dataclasses.replace(whole, network=None), whole]
