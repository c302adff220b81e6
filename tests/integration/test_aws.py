"""Deployments to AWS and all around them, on moto's server over HTTP; what moto does not know is recorded."""

import datetime
import hashlib
import json

import pytest
from botocore.exceptions import ClientError

from artifacts import variant
from clouds import ACCOUNT, MANIFEST, REGION, SECRET, everything, pushes, record
from saekdong.captures import CaptureSettings, Retention
from saekdong.deploy.aws import Data, Guardrails, Hosting, SageMaker, Scaling, Serverless, Training
from saekdong.deploy.aws.bucket import bucket_name, fetch, remove_under, upload
from saekdong.deploy.aws.cost import estimate
from saekdong.deploy.aws.notebook import create_notebook, open_notebook, start_notebook, stop_notebook
from saekdong.deploy.aws.prices import read_prices
from saekdong.deploy.aws.role import role_name
from saekdong.deploy.aws.teardown import LeftoverError, remove_notebook
from saekdong.deploy.aws.transform import Transform, transform
from saekdong.deploy.aws.waiting import AwsPatience
from saekdong.errors import SaekdongError
from saekdong.model.artifact import load, load_packed
from saekdong.tagging import starter
from saekdong.tagging.starter import STARTER_FILE

NOW = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)


@pytest.fixture
def sagemaker(make):
    return make()


class Told(list):
    """Takes what is reported."""

    def __call__(self, line):
        self.append(line)

    def has(self, words):
        return any(words in line for line in self)


def described(name, config, status="InService", **more):
    """A recorded description of an endpoint."""
    return {
        "EndpointName": name,
        "EndpointArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{name}",
        "EndpointConfigName": config,
        "EndpointStatus": status,
        "CreationTime": NOW,
        "LastModifiedTime": NOW,
        **more,
    }


def in_turn(*answers):
    """Give recorded answers in turn, the last for good."""
    left = list(answers)

    def answer(_):
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


class Updates:
    """A recorded UpdateEndpoint: from then on the endpoint is described with the new configuration, or another."""

    def __init__(self, account, name="shop", turned_back="", reason=""):
        self.asked = []
        self._config = None
        self._name, self._turned_back, self._reason = name, turned_back, reason
        record(account, {"sagemaker.UpdateEndpoint": self._update, "sagemaker.DescribeEndpoint": self._describe})

    def _update(self, asked):
        self.asked.append(asked)
        self._config = self._turned_back or asked["EndpointConfigName"]
        self._steps = ["Updating", "Updating", "InService"]
        return {"EndpointArn": described(self._name, "")["EndpointArn"]}

    def _describe(self, _):
        if self._config is None:
            return None
        status = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        reason = {"FailureReason": self._reason} if self._reason and status == "InService" else {}
        return described(self._name, self._config, status, **reason)


def test_from_an_artifact_to_an_endpoint_and_back_to_nothing(sagemaker, model_file):
    told = Told()
    endpoint = sagemaker.deploy(model_file, "shop", told)
    assert (endpoint.name, endpoint.status, endpoint.version) == ("shop", "InService", 1)
    assert endpoint.address.endswith("/endpoints/shop")
    assert (
        told[-1] == f"console: https://{REGION}.console.aws.amazon.com/sagemaker/home?region={REGION}#/endpoints/shop"
    )
    answer, kind = sagemaker.invoke("shop", b'{"r": 1, "g": 2, "b": 3}', "application/json", "application/json")
    assert (answer, kind) == (b'{"label": "navy"}', "application/json")
    assert sagemaker.status() == [endpoint]
    listed = sagemaker.destroy(None, told, dry_run=True)
    assert sagemaker.status() == [endpoint]
    assert sagemaker.destroy(None, told, dry_run=False) == listed
    assert everything(sagemaker.account.session) == {}
    assert told[-1].startswith("nothing of workspace ")
    assert sagemaker.destroy(None, told, dry_run=False) == []
    assert sagemaker.status() == []


def test_the_bucket_is_private_encrypted_versioned_and_tls_only(sagemaker, model_file):
    policies = []
    record(sagemaker.account, {"s3.PutBucketPolicy": lambda asked: policies.append(asked["Policy"]) or {}})
    sagemaker.deploy(model_file, "shop", Told())
    s3 = sagemaker.account.client("s3")
    bucket = bucket_name(sagemaker.account)
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == REGION
    (statement,) = json.loads(policies[-1])["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]


def test_all_is_tagged_and_written_down_before_it_is_made(sagemaker, model_file):
    account = sagemaker.account
    made = {
        "CreateBucket": "bucket",
        "CreateRepository": "repository",
        "CreateRole": "role",
        "CreateLogGroup": "log group",
        "CreateModel": "model",
        "CreateEndpointConfig": "endpoint configuration",
        "CreateEndpoint": "endpoint",
    }
    seen = []

    def look(model, **_):
        if model.name in made:
            seen.append(made[model.name])
            assert account.ledger.standing()[-1].kind == made[model.name]

    account.session.boto.events.register("before-call", look)
    sagemaker.deploy(model_file, "shop", Told())
    assert sorted(seen) == sorted(made.values())
    listed = sagemaker.destroy(None, Told(), dry_run=True)
    assert len(listed) == len(made)


def test_rows_and_artifact_lie_where_the_hands_on_puts_them(make, model_file, write):
    data = Data("lab", write("train", "train.csv"), write("test", "test.csv"), write("rows", "rows.csv"))
    sagemaker = make(data=data)
    sagemaker.deploy(model_file, "shop", Told())
    bucket = bucket_name(sagemaker.account)
    keys = [one["Key"] for one in sagemaker.account.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert {"data/lab/train/train.csv", "data/lab/test/test.csv", "data/rows.csv", "model/model.tar.gz"} < set(keys)
    assert fetch(sagemaker.account, f"s3://{bucket}/model/model.tar.gz") == model_file.read_bytes()
    assert fetch(sagemaker.account, f"s3://{bucket}/data/lab/test/test.csv") == b"test"


def test_the_role_may_do_what_is_needed_and_no_more(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", Told())
    account = sagemaker.account
    iam = account.client("iam")
    role = iam.get_role(RoleName=role_name(account))["Role"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    policy = iam.get_role_policy(RoleName=role_name(account), PolicyName="saekdong")["PolicyDocument"]
    for statement in policy["Statement"]:
        assert "*" not in "".join(statement["Action"])
        if statement["Resource"] == ["*"]:
            assert statement["Action"] == ["ecr:GetAuthorizationToken"] or "Condition" in statement


def test_a_role_of_ones_own_is_used_and_never_touched(make, model_file):
    iam = make().account.client("iam")
    arn = iam.create_role(RoleName="mine", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    sagemaker = make(role="mine")
    sagemaker.deploy(model_file, "shop", Told())
    (model,) = sagemaker.account.client("sagemaker").list_models()["Models"]
    described_model = sagemaker.account.client("sagemaker").describe_model(ModelName=model["ModelName"])
    assert described_model["ExecutionRoleArn"] == arn
    sagemaker.destroy(None, Told(), dry_run=False)
    assert everything(sagemaker.account.session) == {"role": ["mine"]}
    with pytest.raises(SaekdongError, match="there is no role none; give another --role"):
        make("other", role="none").deploy(model_file, "shop", Told())


def test_the_same_again_changes_nothing(make, model_file):
    first = make().deploy(model_file, "shop", Told())
    sagemaker = make()
    sagemaker.push = pushes(sagemaker.account)
    assert sagemaker.deploy(model_file, "shop", Told()) == first
    assert sagemaker.account.made == []


def test_an_update_is_blue_and_green_and_turns_back_at_the_alarm(make, model_file, write):
    make().deploy(model_file, "shop", Told())
    sagemaker, told = make(), Told()
    updates = Updates(sagemaker.account)
    endpoint = sagemaker.deploy(write(variant(model_file, about="another"), "model.tar.gz"), "shop", told)
    assert endpoint.version == 2
    (asked,) = updates.asked
    config = asked["DeploymentConfig"]
    assert config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"
    (alarm,) = sagemaker.account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert config["AutoRollbackConfiguration"]["Alarms"] == [{"AlarmName": alarm["AlarmName"]}]
    assert {one["Value"] for one in alarm["Dimensions"]} == {"shop", "AllTraffic"}
    assert told.has("Updating")
    sagemaker.destroy(None, told, dry_run=True)


def test_with_several_instances_one_goes_first(make, model_file, write):
    hosting = Hosting("ml.m5.large", scaling=Scaling(2, 4))
    scaled = make(hosting=hosting)
    record(
        scaled.account, {"application-autoscaling.ListTagsForResource": lambda _: {"Tags": scaled.account.tags("shop")}}
    )
    scaled.deploy(model_file, "shop", Told())
    updates = Updates(scaled.account)
    scaled.deploy(write(variant(model_file, about="another"), "model.tar.gz"), "shop", Told())
    routing = updates.asked[0]["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == "CANARY"
    assert routing["CanarySize"] == {"Type": "INSTANCE_COUNT", "Value": 1}


def test_an_update_that_was_turned_back_is_told_and_leaves_nothing(make, model_file, write):
    make().deploy(model_file, "shop", Told())
    before = everything(make().account.session)
    sagemaker = make()
    Updates(sagemaker.account, turned_back=before["config"][0], reason="Alarm went off")
    with pytest.raises(SaekdongError, match="was rolled back to what it served before: Alarm went off"):
        sagemaker.deploy(write(variant(model_file, about="another"), "model.tar.gz"), "shop", Told())
    assert everything(sagemaker.account.session) == before


def test_a_new_version_that_names_no_colors_is_turned_back(make, model_file, write):
    make().deploy(model_file, "shop", Told())
    before = everything(make().account.session)
    sagemaker, told = make(), Told()
    updates = Updates(sagemaker.account)
    refused = ClientError({"Error": {"Code": "ModelError"}, "OriginalStatusCode": 500, "OriginalMessage": "boom"}, "I")
    record(sagemaker.account, {"sagemaker-runtime.InvokeEndpoint": in_turn(refused)})
    with pytest.raises(SaekdongError, match="the endpoint shop answered 500: boom; saekdong logs shop"):
        sagemaker.deploy(write(variant(model_file, about="another"), "model.tar.gz"), "shop", told)
    assert [one["EndpointConfigName"] for one in updates.asked][1:] == before["config"]
    assert everything(sagemaker.account.session) == before


def test_a_rollback_returns_to_the_version_before_and_older_ones_are_forgotten(make, model_file, write):
    make().deploy(model_file, "shop", Told())
    sagemaker = make()
    for name, told in (("shop", "shop has served nothing before"), ("none", "there is no endpoint none")):
        with pytest.raises(SaekdongError, match=told):
            sagemaker.rollback(name, Told())
    updates = Updates(sagemaker.account)
    for number in (2, 3):
        assert (
            sagemaker.deploy(write(variant(model_file, about=number), "model.tar.gz"), "shop", Told()).version == number
        )
    left = everything(sagemaker.account.session)
    assert (len(left["config"]), len(left["model"])) == (2, 2)
    assert sagemaker.rollback("shop", Told()).version == 2
    assert updates.asked[-1]["EndpointConfigName"] == updates.asked[0]["EndpointConfigName"]
    assert sagemaker.rollback("shop", Told()).version == 3


def failed_endpoint(account, name="shop"):
    """Recorded: an endpoint that is being made for a while, then fails; gone once it is removed."""
    steps = ["Creating", "Creating", "Failed"]
    state = {"made": False}

    def create(_):
        state["made"] = True

    def describe(_):
        if not state["made"]:
            return None
        status = steps.pop(0) if len(steps) > 1 else steps[0]
        reason = "The primary container did not pass the ping health check." if status == "Failed" else ""
        return described(name, "x", status, **({"FailureReason": reason} if reason else {}))

    def delete(_):
        state["made"] = False

    record(
        account,
        {
            "sagemaker.CreateEndpoint": create,
            "sagemaker.DescribeEndpoint": describe,
            "sagemaker.DeleteEndpoint": delete,
        },
    )


def say(account, group, lines):
    logs = account.client("logs")
    logs.create_log_stream(logGroupName=group, logStreamName="AllTraffic/i-1")
    now = int(datetime.datetime.now(datetime.UTC).timestamp() * 1000)
    events = [{"timestamp": now + at, "message": line} for at, line in enumerate(lines)]
    logs.put_log_events(logGroupName=group, logStreamName="AllTraffic/i-1", logEvents=events)


def test_a_failed_deployment_tells_why_and_leaves_nothing(sagemaker, model_file):
    told = Told()
    failed_endpoint(sagemaker.account)

    def speak(_):
        say(sagemaker.account, "/aws/sagemaker/Endpoints/shop", ["starting", "ModuleNotFoundError: saekdong"])

    record(sagemaker.account, {"sagemaker.CreateModel": speak})
    with pytest.raises(SaekdongError, match=r"the endpoint shop is Failed: The primary container .* last lines above"):
        sagemaker.deploy(model_file, "shop", told)
    assert told.has("Creating")
    assert told.has("  ModuleNotFoundError: saekdong")
    assert everything(sagemaker.account.session) == {}
    assert sagemaker.account.ledger.standing() == []


def test_a_failed_deployment_is_kept_where_wanted_and_made_anew_by_the_next(make, model_file):
    sagemaker = make(keep=True)
    failed_endpoint(sagemaker.account)
    told = Told()
    with pytest.raises(SaekdongError, match="is Failed"):
        sagemaker.deploy(model_file, "shop", told)
    assert told.has("kept what was made")
    assert len(everything(sagemaker.account.session)["config"]) == 1
    (endpoint,) = sagemaker.status()
    assert endpoint.status == "Failed"
    assert "ping" in endpoint.detail
    assert make().deploy(model_file, "shop", Told()).status == "InService"


def test_a_deployment_that_takes_too_long_is_told(sagemaker, model_file):
    def waits(asked):
        return described("shop", "x", "Creating") if created and asked else None

    created = []
    record(
        sagemaker.account,
        {"sagemaker.CreateEndpoint": lambda _: created.append(1), "sagemaker.DescribeEndpoint": waits},
    )
    sagemaker.account.patience = AwsPatience(0.2, 0.01)
    sagemaker.keep = True
    with pytest.raises(SaekdongError, match=r"the endpoint shop takes longer than 0.2 s; .*run it again"):
        sagemaker.deploy(model_file, "shop", Told())


def test_what_is_somebody_elses_is_refused_and_left_alone(make, model_file):
    make("one").deploy(model_file, "shop", Told())
    before = everything(make("one").account.session)
    other = make("two")
    with pytest.raises(SaekdongError, match="shop already exists, and this workspace did not make it; choose another"):
        other.deploy(model_file, "shop", Told())
    assert everything(other.account.session) == before


def test_of_two_deployments_at_once_the_later_is_told(sagemaker, model_file):
    taken = ClientError(
        {"Error": {"Code": "ValidationException", "Message": "Cannot create already existing endpoint"}}, "C"
    )

    record(sagemaker.account, {"sagemaker.CreateEndpoint": in_turn(taken)})
    with pytest.raises(SaekdongError, match="endpoint shop already exists, and this workspace did not make it"):
        sagemaker.deploy(model_file, "shop", Told())
    assert everything(sagemaker.account.session) == {}


def test_what_lost_its_tags_is_left_alone_and_told(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", Told())
    client = sagemaker.account.client("sagemaker")
    (config,) = client.list_endpoint_configs()["EndpointConfigs"]
    client.delete_tags(ResourceArn=config["EndpointConfigArn"], TagKeys=["saekdong:workspace"])
    told = Told()
    assert f"endpoint configuration {config['EndpointConfigName']}" not in sagemaker.destroy(None, told, dry_run=True)
    sagemaker.destroy(None, told, dry_run=False)
    assert told.has("left alone, because its tags are not ours: endpoint configuration")
    assert list(everything(sagemaker.account.session)) == ["config"]


def test_what_bears_our_tag_and_is_not_in_the_ledger_is_told_and_left(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", Told())
    s3 = sagemaker.account.client("s3")
    s3.create_bucket(Bucket="stray", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(Bucket="stray", Tagging={"TagSet": sagemaker.account.tag_list("")})
    with pytest.raises(LeftoverError, match="left on AWS: arn:aws:s3:::stray"):
        sagemaker.destroy(None, Told(), dry_run=False)
    assert everything(sagemaker.account.session) == {"bucket": ["stray"]}


def test_what_cannot_be_removed_does_not_keep_the_rest(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", Told())
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DeleteRepository")
    record(sagemaker.account, {"ecr.DeleteRepository": in_turn(denied, None)})
    with pytest.raises(LeftoverError, match="1 resource could not be removed"):
        sagemaker.destroy(None, Told(), dry_run=False)
    assert list(everything(sagemaker.account.session)) == ["repository"]
    sagemaker.destroy(None, Told(), dry_run=False)
    assert everything(sagemaker.account.session) == {}


def test_one_endpoint_is_removed_and_the_others_stay(sagemaker, model_file):
    for name in ("shop", "shop2"):
        sagemaker.deploy(model_file, name, Told())
    told = Told()
    sagemaker.destroy("shop", told, dry_run=False)
    left = everything(sagemaker.account.session)
    assert left["endpoint"] == ["shop2"]
    assert (len(left["model"]), len(left["config"]), left["log group"]) == (1, 1, ["/aws/sagemaker/Endpoints/shop2"])
    assert told.has("without a NAME all are removed")


def test_versions_delete_markers_and_unfinished_uploads_go_with_the_bucket(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", Told())
    s3, bucket = sagemaker.account.client("s3"), bucket_name(sagemaker.account)
    for _ in range(3):
        upload(sagemaker.account, "a/색", b"x")
    s3.delete_object(Bucket=bucket, Key="a/색")
    s3.create_multipart_upload(Bucket=bucket, Key="half")
    sagemaker.destroy(None, Told(), dry_run=False)
    assert everything(sagemaker.account.session) == {}


def test_an_image_that_sagemaker_would_refuse_is_told_before_it_costs(make, model_file):
    for manifest, told in (
        ({"mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}, "not Docker v2 schema 2; build"),
        (None, "the image is for linux/amd64, and ml.c7g.large is linux/arm64; build it for linux/arm64"),
    ):
        sagemaker = make(told[:3], hosting=Hosting("ml.c7g.large"))
        if manifest:
            sagemaker.push = pushes(sagemaker.account, manifest)
        with pytest.raises(SaekdongError, match=told):
            sagemaker.deploy(model_file, "shop", Told())
        assert everything(sagemaker.account.session) == {}


def test_an_endpoint_on_graviton_and_its_training_get_an_image_each(make, model_file, write):
    sagemaker = make(
        hosting=Hosting("ml.c7g.large"),
        data=Data("lab", write("x", "train.csv")),
        training=Training({}, METRICS),
        keep=True,
    )
    digests = {"arm64": "sha256:" + "2" * 64, "amd64": "sha256:" + "3" * 64}
    images, trained = [], {}

    def push(uri, *asked):
        images.append(asked[2])
        return f"{uri}:{asked[2].partition('/')[2]}"

    def stored(asked):
        digest = digests[asked["imageIds"][0]["imageTag"]]
        manifest = {**MANIFEST, "config": {**MANIFEST["config"], "digest": digest}}
        return {"images": [{"imageId": {"imageDigest": digest}, "imageManifest": json.dumps(manifest)}]}

    sagemaker.push = push
    record(
        sagemaker.account,
        {
            "ecr.BatchGetImage": stored,
            "ecr.GetDownloadUrlForLayer": lambda asked: configuration(asked["layerDigest"] == digests["arm64"]),
            "sagemaker.CreateTrainingJob": trained.update,
            "sagemaker.DescribeTrainingJob": lambda asked: (
                training_job(asked["TrainingJobName"], "Completed") if trained else None
            ),
        },
    )
    # All is made but the endpoint: moto knows no Graviton instance.
    with pytest.raises(SaekdongError, match="instanceType"):
        sagemaker.deploy(model_file, "shop", Told())
    assert images == ["linux/arm64", "linux/amd64"]
    client = sagemaker.account.client("sagemaker")
    (model,) = everything(sagemaker.account.session)["model"]
    hosted = client.describe_model(ModelName=model)["PrimaryContainer"]["Image"]
    assert hosted.endswith(digests["arm64"])
    assert trained["AlgorithmSpecification"]["TrainingImage"].endswith(digests["amd64"])


def configuration(is_arm):
    """A recorded answer: where the configuration of an image for arm64, or else for amd64, is fetched from."""
    return {"downloadUrl": f'data:application/json,{{"architecture":"{"arm64" if is_arm else "amd64"}"}}'}


def test_a_transform_refuses_instances_that_the_image_is_not_for(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", Told())
    place = f"s3://{bucket_name(sagemaker.account)}/to-tag"
    record(sagemaker.account, {"ecr.GetDownloadUrlForLayer": lambda _: configuration(True)})
    with pytest.raises(SaekdongError, match=r"the image is for linux/arm64, and ml.m5.large is linux/amd64"):
        transform(sagemaker.account, place, place, Transform("shop"), Told())


def test_a_push_that_fails_never_tells_the_password(sagemaker, model_file):
    passwords = []

    def push(uri, user, password, *_):
        passwords.append(password)
        raise SaekdongError(f"docker login -u {user} -p {password} {uri} failed")

    sagemaker.push = push
    with pytest.raises(SaekdongError, match="docker login -u AWS -p ") as error:
        sagemaker.deploy(model_file, "shop", Told())
    assert passwords[0] not in str(error.value)


def test_serverless_has_no_instances_and_no_isolation(make, model_file):
    sagemaker = make(hosting=Hosting(serverless=Serverless(4096, 10)))
    sagemaker.deploy(model_file, "shop", Told())
    client = sagemaker.account.client("sagemaker")
    (config,) = client.list_endpoint_configs()["EndpointConfigs"]
    (variant,) = client.describe_endpoint_config(EndpointConfigName=config["EndpointConfigName"])["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 10}
    assert "InstanceType" not in variant


def test_asynchronous_answers_come_through_the_bucket(make, model_file):
    sagemaker = make(hosting=Hosting(is_async=True))
    address = {}

    def later(asked):
        where = asked["InputLocation"].replace("/in/", "/out/")
        address["request"] = fetch(sagemaker.account, asked["InputLocation"])
        upload(sagemaker.account, where.split("/", 3)[3], b'{"label": "mint"}')
        return {"InferenceId": "1", "OutputLocation": where, "FailureLocation": where + "-failed"}

    record(sagemaker.account, {"sagemaker-runtime.InvokeEndpointAsync": later})
    sagemaker.deploy(model_file, "shop", Told())
    answer, _ = sagemaker.invoke("shop", b"1,2,3", "text/csv", "text/csv")
    assert answer == b'{"label": "mint"}'
    assert address["request"] == b"1,2,3"
    (config,) = everything(sagemaker.account.session)["config"]
    found = sagemaker.account.client("sagemaker").describe_endpoint_config(EndpointConfigName=config)
    assert found["AsyncInferenceConfig"]["OutputConfig"]["S3OutputPath"].endswith("/async/shop/out")


def test_an_asynchronous_failure_is_told(make, model_file):
    sagemaker = make(hosting=Hosting(is_async=True))

    def fails(asked):
        where = asked["InputLocation"].replace("/in/", "/failed/")
        upload(sagemaker.account, where.split("/", 3)[3], b"no such color")
        return {"InferenceId": "1", "OutputLocation": where + "-out", "FailureLocation": where}

    record(sagemaker.account, {"sagemaker-runtime.InvokeEndpointAsync": fails})
    with pytest.raises(SaekdongError, match="the endpoint shop failed: no such color"):
        sagemaker.deploy(model_file, "shop", Told())


def test_instances_follow_the_requests_and_the_target_goes_first(make, model_file):
    sagemaker = make(hosting=Hosting("ml.m5.large", scaling=Scaling(1, 3, 500)))
    account = sagemaker.account
    record(account, {"application-autoscaling.ListTagsForResource": lambda _: {"Tags": account.tags("shop")}})
    sagemaker.deploy(model_file, "shop", Told())
    client = account.client("application-autoscaling")
    (target,) = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (target["ResourceId"], target["MinCapacity"], target["MaxCapacity"]) == (
        "endpoint/shop/variant/AllTraffic",
        1,
        3,
    )
    (policy,) = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 500
    told = Told()
    listed = sagemaker.destroy(None, told, dry_run=False)
    assert listed[0] == "scaling target endpoint/shop/variant/AllTraffic"
    assert client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []


def test_a_kind_that_may_not_be_looked_up_does_not_keep_the_rest(make, model_file):
    sagemaker = make(hosting=Hosting("ml.m5.large", scaling=Scaling(1, 3)))
    account = sagemaker.account
    sagemaker.deploy(model_file, "shop", Told())
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListTagsForResource")
    record(account, {"application-autoscaling.ListTagsForResource": lambda _: denied})
    target = "scaling target endpoint/shop/variant/AllTraffic"
    assert {each.kind: each.hour for each in estimate(account, read_prices(None))}["scaling target"] is None
    told = Told()
    assert target in sagemaker.destroy(None, told, dry_run=True)
    assert told.has(f"could not look up the {target}: AWS does not allow it")
    with pytest.raises(LeftoverError):
        sagemaker.destroy(None, told, dry_run=False)
    assert everything(account.session) == {}
    record(account, {"application-autoscaling.ListTagsForResource": lambda _: {"Tags": account.tags("shop")}})
    assert sagemaker.destroy(None, told, dry_run=False) == [target]


def test_each_state_of_an_endpoint_is_reported_once(make, model_file):
    told = Told()
    make().deploy(model_file, "shop", told)
    assert told.count("shop: InService") == 1


def training_job(name, status, **more):
    """A recorded description of a training job."""
    bucket = f"s3://{more.pop('bucket', 'b')}/output/{name}/output/model.tar.gz"
    return {
        "TrainingJobName": name,
        "TrainingJobArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{name}",
        "ModelArtifacts": {"S3ModelArtifacts": bucket},
        "TrainingJobStatus": status,
        "SecondaryStatus": {"InProgress": "Training"}.get(status, status),
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 1},
        "CreationTime": NOW,
        **more,
    }


METRICS = [{"Name": "validation:accuracy", "Regex": r"\bvalidation:accuracy=([0-9.]+)"}]


def test_a_training_job_comes_first_and_the_endpoint_serves_its_model(make, model_file, write):
    data = Data("lab", write("r,g,b,label", "train.csv"), write("x", "test.csv"))
    sagemaker = make(data=data, training=Training({"model": "tree"}, METRICS))
    asked = {}
    states = ["InProgress", "InProgress", "Completed"]

    def create(request):
        asked.update(request)

    def describe(request):
        if not asked:
            return None
        status = states.pop(0) if len(states) > 1 else states[0]
        figures = [{"MetricName": "validation:accuracy", "Value": 0.93, "Timestamp": NOW}]
        return training_job(request["TrainingJobName"], status, FinalMetricDataList=figures)

    record(sagemaker.account, {"sagemaker.CreateTrainingJob": create, "sagemaker.DescribeTrainingJob": describe})
    told = Told()
    sagemaker.deploy(model_file, "shop", told)
    assert told.has("InProgress, Training")
    assert told.has("validation:accuracy 0.9300")
    bucket = bucket_name(sagemaker.account)
    channels = {one["ChannelName"]: one["DataSource"]["S3DataSource"]["S3Uri"] for one in asked["InputDataConfig"]}
    place = channels["train"].removesuffix("train/")
    assert channels == {"train": f"{place}train/", "test": f"{place}test/"}
    assert place.startswith(f"s3://{bucket}/training/")
    assert fetch(sagemaker.account, f"{channels['train']}train.csv") == b"r,g,b,label"
    assert fetch(sagemaker.account, f"s3://{bucket}/data/lab/train/train.csv") == b"r,g,b,label"
    assert asked["AlgorithmSpecification"]["MetricDefinitions"] == METRICS
    assert asked["HyperParameters"] == {"model": "tree"}
    (model,) = everything(sagemaker.account.session)["model"]
    container = sagemaker.account.client("sagemaker").describe_model(ModelName=model)["PrimaryContainer"]
    assert container["ModelDataUrl"] == f"s3://b/output/{asked['TrainingJobName']}/output/model.tar.gz"
    assert container["Image"] == asked["AlgorithmSpecification"]["TrainingImage"]


class Jobs:
    """Training jobs as SageMaker keeps them: a name is never free again, and a job that is done left its artifact."""

    def __init__(self, account):
        self._account = account
        self.asked = {}
        self.failing = []
        record(account, {"sagemaker.CreateTrainingJob": self._create, "sagemaker.DescribeTrainingJob": self._describe})

    def _create(self, asked):
        job = asked["TrainingJobName"]
        if job in self.asked:
            used = (
                "Training job names must be unique within an AWS account and region, and a training job with this name "
                f"already exists ({training_job(job, '')['TrainingJobArn']})"
            )
            raise ClientError({"Error": {"Code": "ResourceInUse", "Message": used}}, "CreateTrainingJob")
        self.asked[job] = {**asked, "failure": self.failing.pop(0) if self.failing else ""}
        if not self.asked[job]["failure"]:
            upload(self._account, f"output/{job}/output/model.tar.gz", STARTER_FILE.read_bytes())
        return {"TrainingJobArn": training_job(job, "")["TrainingJobArn"]}

    def _describe(self, asked):
        job = asked["TrainingJobName"]
        if job not in self.asked:
            missing = {"Error": {"Code": "ValidationException", "Message": "Requested resource not found."}}
            return ClientError(missing, "DescribeTrainingJob")
        failure = self.asked[job]["failure"]
        more = {"FailureReason": failure} if failure else {}
        return training_job(job, "Failed" if failure else "Completed", bucket=bucket_name(self._account), **more)


@pytest.fixture
def train(make, model_file, write):
    """Deploy after training on rows; every deployment goes to an endpoint of its own, for moto knows no updates."""

    def deploy_trained(jobs, rows, name="shop", **settings):
        data = Data("lab", write(rows, "train.csv"))
        sagemaker = make(data=data, training=Training(settings))
        new = Jobs(sagemaker.account)
        if jobs:
            new.asked, new.failing = jobs.asked, jobs.failing
        lifecycle = {"Tags": sagemaker.account.tag_list(name)}
        record(
            sagemaker.account,
            {"sagemaker.ListTags": lambda asked: lifecycle if ":training-job/" in asked["ResourceArn"] else None},
        )
        told = Told()
        sagemaker.deploy(model_file, name, told)
        return sagemaker, new, told

    return deploy_trained


def served_artifact(sagemaker):
    client = sagemaker.account.client("sagemaker")
    (model,) = client.list_models()["Models"]
    return client.describe_model(ModelName=model["ModelName"])["PrimaryContainer"]["ModelDataUrl"]


def test_an_endpoint_has_the_id_of_its_model_also_after_training(make, model_file, train):
    assert make().deploy(model_file, "given", Told()).model == load(model_file).id
    sagemaker, _, told = train(None, "1,2,3,navy")
    assert told.has(f"model {starter().id.short}")
    assert {each.name: each.model for each in sagemaker.status()} == {
        "given": load(model_file).id,
        "shop": starter().id,
    }


def test_what_saekdong_0_1_deployed_is_known_by_its_artifact(make, model_file):
    sagemaker = make()
    sagemaker.deploy(model_file, "shop", Told())
    ledger = sagemaker.account.ledger.path
    records = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    for one in records:
        if one.pop("model_id", None):
            one["model"] = hashlib.sha256(model_file.read_bytes()).hexdigest()
    ledger.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    assert [each.model for each in make().status()] == [load(model_file).id]
    s3, bucket = sagemaker.account.client("s3"), bucket_name(sagemaker.account)
    for each in s3.list_objects_v2(Bucket=bucket, Prefix="model/")["Contents"]:
        s3.put_object(Bucket=bucket, Key=each["Key"], Body=b"0.1 deployed any file")
    assert [each.model for each in make().status()] == [None]
    remove_under(sagemaker.account, bucket_name(sagemaker.account), "model/")
    assert [each.model for each in make().status()] == [None]


def test_the_same_rows_are_trained_on_once_and_other_rows_anew(train):
    sagemaker, jobs, told = train(None, "1,2,3,navy")
    (first,) = jobs.asked
    assert told.has(f"training {first} on ml.m5.large")
    assert told.has(f"model: s3://{bucket_name(sagemaker.account)}/output/{first}/")
    _, jobs, told = train(jobs, "1,2,3,navy")
    assert list(jobs.asked) == [first]
    assert told.has(f"the rows, image and settings are those of the training job {first}; its model is used again")
    sagemaker.destroy("shop", Told(), dry_run=False)
    for rows, settings in (("9,9,9,black", {}), ("9,9,9,black", {"model": "svm"})):
        before = set(jobs.asked)
        sagemaker, jobs, _ = train(jobs, rows, **settings)
        (new,) = set(jobs.asked) - before
        assert new.rpartition("-")[0] not in {job.rpartition("-")[0] for job in before}
        assert f"/output/{new}/" in served_artifact(sagemaker)
        sagemaker.destroy("shop", Told(), dry_run=False)


@pytest.mark.parametrize("name", ["shop", None])
def test_after_teardown_the_same_rows_are_trained_on_under_another_name(train, name):
    sagemaker, jobs, _ = train(None, "1,2,3,navy")
    (first,) = jobs.asked
    sagemaker.destroy(name, Told(), dry_run=False)
    sagemaker, jobs, told = train(jobs, "1,2,3,navy")
    assert list(jobs.asked) == [first, f"{first.removesuffix('-1')}-2"]
    assert f"/output/{first.removesuffix('-1')}-2/" in served_artifact(sagemaker)
    assert told.has("training ")


def test_a_job_that_failed_for_its_new_role_is_followed_by_another_once(train):
    jobs = Jobs.__new__(Jobs)
    reason = "ClientError: SageMaker was unable to assume the role 'arn:aws:iam::1:role/x'"
    jobs.asked, jobs.failing = {}, [reason]
    _, jobs, told = train(jobs, "1,2,3,navy")
    assert told.has("failed because AWS did not know the role everywhere yet; starting another")
    assert len(jobs.asked) == 2
    jobs.failing = [reason, reason]
    with pytest.raises(SaekdongError, match="ended as Failed: ClientError: SageMaker was unable to assume the role"):
        train(jobs, "9,9,9,black")
    assert len(jobs.asked) == 4


NO_IMAGE = "The role 'arn:aws:iam::1:role/x' does not have BatchGetImage permission for the image: 'i'."


@pytest.mark.parametrize("failures", [1, 2])
def test_an_endpoint_that_failed_for_its_new_role_is_made_again_once(sagemaker, model_file, failures):
    account = sagemaker.account
    state = {"made": 0, "stands": False}

    def create(_):
        state.update(made=state["made"] + 1, stands=True)

    def describe(asked):
        if not state["stands"]:
            return None
        config = everything(account.session)["config"][0]
        if state["made"] <= failures:
            return described(asked["EndpointName"], config, "Failed", FailureReason=NO_IMAGE)
        return described(asked["EndpointName"], config)

    record(
        account,
        {
            "sagemaker.CreateEndpoint": create,
            "sagemaker.DescribeEndpoint": describe,
            "sagemaker.DeleteEndpoint": lambda _: state.update(stands=False),
        },
    )
    tags = {"Tags": account.tag_list("shop")}
    record(account, {"sagemaker.ListTags": lambda asked: tags if ":endpoint/" in asked["ResourceArn"] else None})
    told = Told()
    if failures == 1:
        assert sagemaker.deploy(model_file, "shop", told).status == "InService"
    else:
        with pytest.raises(SaekdongError, match="the endpoint shop is Failed: The role"):
            sagemaker.deploy(model_file, "shop", told)
        assert everything(account.session) == {}
    assert told.has("failed because AWS did not know the role's rights in ECR everywhere yet; creating it again")
    assert state["made"] == 2


def test_a_training_job_that_fails_tells_why(make, model_file, write):
    sagemaker = make(data=Data("lab", write("x", "train.csv")), training=Training())
    made = []
    record(
        sagemaker.account,
        {
            "sagemaker.CreateTrainingJob": lambda _: made.append(1),
            "sagemaker.DescribeTrainingJob": lambda asked: (
                training_job(
                    asked["TrainingJobName"], "Failed", FailureReason="AlgorithmError: the rows have one label only"
                )
                if made
                else None
            ),
        },
    )
    with pytest.raises(SaekdongError, match="ended as Failed: AlgorithmError: the rows have one label only; fix it"):
        sagemaker.deploy(model_file, "shop", Told())
    assert everything(sagemaker.account.session) == {}
    with pytest.raises(SaekdongError, match="needs rows; give them with --data"):
        make(training=Training()).deploy(model_file, "shop", Told())


def test_the_output_and_the_log_of_a_job_go_and_its_record_stays(make, model_file, write):
    sagemaker = make(data=Data("lab", write("x", "train.csv")), training=Training(), keep=True)
    account = sagemaker.account
    sagemaker.deploy(model_file, "shop", Told())
    (job,) = account.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    name = job["TrainingJobName"]
    upload(account, f"output/{name}/output/model.tar.gz", STARTER_FILE.read_bytes())
    logs = account.client("logs")
    logs.create_log_group(logGroupName="/aws/sagemaker/TrainingJobs")
    for stream in (f"{name}/algo-1", "other/algo-1"):
        logs.create_log_stream(logGroupName="/aws/sagemaker/TrainingJobs", logStreamName=stream)
    logs.put_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs",
        logStreamName=f"{name}/algo-1",
        logEvents=[{"timestamp": int(NOW.timestamp() * 1000), "message": "x"}],
    )
    assert f"training job {name}" in sagemaker.destroy(None, Told(), dry_run=False)
    (left,) = logs.describe_log_streams(logGroupName="/aws/sagemaker/TrainingJobs")["logStreams"]
    assert left["logStreamName"] == "other/algo-1"
    assert everything(account.session) == {"log group": ["/aws/sagemaker/TrainingJobs"]}


def test_a_prefix_is_transformed_by_line(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", Told())
    asked = {}
    record(sagemaker.account, {"sagemaker.CreateTransformJob": asked.update})
    states = in_turn("InProgress", "Completed")

    def describe(request):
        return transform_job(request["TransformJobName"], states(None)) if asked else None

    record(sagemaker.account, {"sagemaker.DescribeTransformJob": describe})
    told = Told()
    where = transform(sagemaker.account, "s3://in/colors/", "s3://out/labels/", Transform("shop"), told)
    assert where == "s3://out/labels/"
    assert asked["TransformInput"]["SplitType"] == asked["TransformOutput"]["AssembleWith"] == "Line"
    assert asked["ModelName"] == everything(sagemaker.account.session)["model"][0]
    assert told.has("InProgress")


def transform_job(name, status, **more):
    """A recorded description of a batch transform job."""
    return {
        "TransformJobName": name,
        "TransformJobArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:transform-job/{name}",
        "TransformJobStatus": status,
        "ModelName": "m",
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://a"}}},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "CreationTime": NOW,
        **more,
    }


def test_a_transform_that_cannot_be_is_told(sagemaker, model_file):
    with pytest.raises(SaekdongError, match="nothing is deployed as shop; saekdong deploy MODEL"):
        transform(sagemaker.account, "s3://in/", "s3://out/", Transform("shop"), Told())
    with pytest.raises(SaekdongError, match="out/labels is not an S3 address; write it as"):
        transform(sagemaker.account, "s3://in/", "out/labels", Transform("shop"), Told())
    sagemaker.deploy(model_file, "shop", Told())
    states = in_turn("Failed")
    made = []
    record(
        sagemaker.account,
        {
            "sagemaker.CreateTransformJob": lambda _: made.append(1),
            "sagemaker.DescribeTransformJob": lambda asked: (
                transform_job(asked["TransformJobName"], states(None), FailureReason="ClientError: bad row")
                if made
                else None
            ),
        },
    )
    with pytest.raises(SaekdongError, match="ended as Failed: ClientError: bad row"):
        transform(sagemaker.account, "s3://in/", "s3://out/", Transform("shop"), Told())


def test_a_running_job_is_stopped_by_teardown(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", Told())
    transform(sagemaker.account, "s3://in/", "s3://out/", Transform("shop"), Told())
    states = ["InProgress", "InProgress", "InProgress", "Stopping", "Stopped"]
    stopped = []

    def describe(asked):
        status = states.pop(0) if stopped and len(states) > 1 else states[0]
        return transform_job(asked["TransformJobName"], status)

    record(
        sagemaker.account,
        {"sagemaker.DescribeTransformJob": describe, "sagemaker.StopTransformJob": lambda _: stopped.append(1) or {}},
    )
    sagemaker.destroy(None, Told(), dry_run=False)
    assert stopped == [1]
    assert everything(sagemaker.account.session) == {}


def test_a_notebook_is_made_with_the_notebooks_opened_stopped_and_removed(sagemaker, tmp_path):
    account = sagemaker.account
    folder = tmp_path / "notebooks"
    (folder / "images").mkdir(parents=True)
    (folder / "01.ipynb").write_text("{}")
    (folder / "images" / "a.png").write_bytes(b"x")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "01.ipynb").write_text("{}")
    record(
        account,
        {"sagemaker.CreatePresignedNotebookInstanceUrl": lambda _: {"AuthorizedUrl": "https://notebook/?token=1"}},
    )
    for _ in range(2):
        create_notebook(account, "lab", folder, Told())
    listed = account.client("s3").list_objects_v2(Bucket=bucket_name(account), Prefix="notebooks/")["Contents"]
    assert [one["Key"] for one in listed] == ["notebooks/lab/01.ipynb", "notebooks/lab/images/a.png"]
    assert open_notebook(account, "lab", Told()) == "https://notebook/?token=1"
    stop_notebook(account, "lab", Told())
    told = Told()
    start_notebook(account, "lab", told)
    assert told[-1] == "lab: InService"
    assert remove_notebook(account, "lab", Told())
    assert not remove_notebook(account, "lab", Told())
    assert "notebook" not in everything(account.session)
    create_notebook(account, "lab", folder, Told())
    assert "notebook lab" in sagemaker.destroy(None, Told(), dry_run=False)
    assert everything(account.session) == {}


def test_a_notebook_that_cannot_be_is_told(sagemaker, tmp_path):
    with pytest.raises(SaekdongError, match="there is no folder"):
        create_notebook(sagemaker.account, "lab", tmp_path / "none", Told())
    (tmp_path / "empty").mkdir()
    with pytest.raises(SaekdongError, match="holds 0 files"):
        create_notebook(sagemaker.account, "lab", tmp_path / "empty", Told())
    with pytest.raises(SaekdongError, match="there is no notebook lab; saekdong notebook create"):
        open_notebook(sagemaker.account, "lab", Told())
    with pytest.raises(SaekdongError, match="this workspace has no notebook lab"):
        stop_notebook(sagemaker.account, "lab", Told())


def test_what_stands_costs_by_the_table_and_what_it_does_not_know_is_unknown(make, model_file, tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "a.ipynb").write_text("{}")
    make(hosting=Hosting("ml.m5.large")).deploy(model_file, "shop", Told())
    make(hosting=Hosting("ml.r5.12xlarge")).deploy(model_file, "big", Told())
    make(hosting=Hosting(serverless=Serverless())).deploy(model_file, "small", Told())
    account = make().account
    create_notebook(account, "lab", folder, Told())
    items = {(item.kind, item.name, item.what): item.hour for item in estimate(account, read_prices(None))}
    assert items["endpoint", "shop", "1 x ml.m5.large"] == pytest.approx(0.1416)
    assert items["endpoint", "big", "1 x ml.r5.12xlarge"] is None
    assert items["endpoint", "small", "serverless: nothing but requests"] == 0
    assert items["notebook", "lab", "ml.t3.medium"] == pytest.approx(0.0624)
    assert items["notebook", "lab", "5 GB volume"] == pytest.approx(0.1277 * 5 / 730)
    stop_notebook(account, "lab", Told())
    assert ("notebook", "lab", "ml.t3.medium") not in {
        (item.kind, item.name, item.what) for item in estimate(account, read_prices(None))
    }
    make().destroy(None, Told(), dry_run=False)
    assert estimate(account, read_prices(None)) == []


def test_the_log_is_read_and_followed(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", Told())
    group = "/aws/sagemaker/Endpoints/shop"
    assert list(sagemaker.logs("shop", follow=False)) == []
    say(sagemaker.account, group, ["one", "two"])
    assert list(sagemaker.logs("shop", follow=False)) == ["one", "two"]
    followed = sagemaker.logs("shop", follow=True)
    assert [next(followed), next(followed)] == ["one", "two"]
    followed.close()
    assert list(sagemaker.logs("none", follow=False)) == []


def test_asking_what_is_not_there_is_told(sagemaker):
    missing = ClientError(
        {"Error": {"Code": "ValidationError", "Message": "Endpoint none of account 1 not found."}}, "InvokeEndpoint"
    )
    record(sagemaker.account, {"sagemaker-runtime.InvokeEndpoint": in_turn(missing)})
    with pytest.raises(SaekdongError, match="there is no endpoint none; 'saekdong status"):
        sagemaker.invoke("none", b"", "text/csv", "text/csv")


def test_what_is_elsewhere_is_told(make, model_file, monkeypatch):
    make().deploy(model_file, "shop", Told())
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    told = Told()
    assert make().destroy(None, told, dry_run=False) == []
    assert told[-1] == f"the ledger has more in account {ACCOUNT}, region {REGION}: run it there too"


def test_the_ledger_holds_no_secret(sagemaker, model_file):
    sagemaker.deploy(model_file, "shop", Told())
    sagemaker.destroy(None, Told(), dry_run=False)
    assert SECRET not in sagemaker.account.ledger.path.read_text()


def test_another_artifact_takes_the_place_of_the_one_in_service_and_all_else_stays(make, model_file):
    first = make(hosting=Hosting("ml.m5.large"), capture=CaptureSettings(20, Retention(48)))
    first.account.guardrails = Guardrails(tags={"team": "colors"})
    first.deploy(model_file, "shop", Told())
    account = make().account
    updates = Updates(account)
    platform = SageMaker(account, pushes(account))
    told = Told()
    endpoint = platform.replace(STARTER_FILE, "shop", told)
    assert (endpoint.status, endpoint.version, endpoint.model) == ("InService", 2, load_packed(STARTER_FILE)[0].id)
    client = account.client("sagemaker")
    config = account.ledger.served("shop")[-1]["config"]
    assert [asked["EndpointConfigName"] for asked in updates.asked] == [config]
    made = client.describe_endpoint_config(EndpointConfigName=config)
    (variant,) = made["ProductionVariants"]
    assert (variant["InstanceType"], variant["InitialInstanceCount"], variant["ModelName"]) == (
        "ml.m5.large",
        1,
        config,
    )
    assert made["DataCaptureConfig"]["InitialSamplingPercentage"] == 20
    # The model before named colors alone; this one is sent photos, which nobody agreed to capture.
    assert made["DataCaptureConfig"]["CaptureOptions"] == [{"CaptureMode": "Output"}]
    tags = client.list_tags(ResourceArn=made["EndpointConfigArn"])["Tags"]
    assert {"Key": "team", "Value": "colors"} in tags
    again = len(account.made)
    platform.replace(STARTER_FILE, "shop", told)
    assert (len(account.made), len(updates.asked)) == (again, 1)
