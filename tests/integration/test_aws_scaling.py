"""Endpoints that scale, on moto's server: what AWS does with their instances during an update is recorded."""

import datetime

import pytest
from botocore.exceptions import ClientError

from artifacts import variant
from clouds import ACCOUNT, REGION, everything, record
from saekdong.deploy.aws import Hosting, Scaling, Serverless
from saekdong.deploy.aws.bucket import upload
from saekdong.deploy.aws.cost import estimate
from saekdong.deploy.aws.prices import read_prices
from saekdong.errors import SaekdongError

NOW = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
LARGE = Hosting("ml.m5.large", scaling=Scaling(1, 4, 500))
XLARGE = Hosting("ml.m5.xlarge", scaling=Scaling(1, 3, 900))


@pytest.fixture
def make(make):
    """Make platforms of one workspace; moto keeps no tags of scaling targets."""

    def make_platform(hosting):
        made = make(hosting=hosting)
        account = made.account
        record(account, {"application-autoscaling.ListTagsForResource": lambda _: {"Tags": account.tags("shop")}})
        return made

    return make_platform


def refused(message, operation="UpdateEndpoint"):
    return ClientError({"Error": {"Code": "ValidationException", "Message": message}}, operation)


class Fleet:
    """Recorded: an endpoint whose instances follow its load, and AWS's documented rules for updating it.

    An update to another type of instance fails while the variant is a scalable target. Without
    RetainAllVariantProperties the new fleet has the configuration's InitialInstanceCount.
    """

    def __init__(self, sagemaker, config, count, turned_back=False):
        self.account, self.config, self.count, self.turned_back = sagemaker.account, config, count, turned_back
        self.asked = []
        record(
            self.account,
            {"sagemaker.UpdateEndpoint": self.update, "sagemaker.DescribeEndpoint": lambda _: self.describe()},
        )

    def variant(self, config):
        found = self.account.client("sagemaker").describe_endpoint_config(EndpointConfigName=config)
        return found["ProductionVariants"][0]

    def update(self, asked):
        before, after = self.variant(self.config), self.variant(asked["EndpointConfigName"])
        if before["InstanceType"] != after["InstanceType"] and targets(self.account):
            raise refused("The variant must be deregistered as a scalable target before its instance type changes.")
        self.asked.append(asked)
        if not self.turned_back:
            self.config = asked["EndpointConfigName"]
            self.count = self.count if asked.get("RetainAllVariantProperties") else after["InitialInstanceCount"]
        return {"EndpointArn": self.describe()["EndpointArn"]}

    def describe(self):
        return {
            "EndpointName": "shop",
            "EndpointArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/shop",
            "EndpointConfigName": self.config,
            "EndpointStatus": "InService",
            "CreationTime": NOW,
            "LastModifiedTime": NOW,
            "ProductionVariants": [
                {
                    "VariantName": "AllTraffic",
                    "CurrentInstanceCount": self.count,
                    "DesiredInstanceCount": self.count,
                }
            ],
        }


def targets(account):
    """Return the bounds and the target of each scaling target that is registered."""
    client = account.client("application-autoscaling")
    found = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    policies = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    value = {
        one["ResourceId"]: one["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
        for one in policies
        if one["PolicyType"] == "TargetTrackingScaling"
    }
    return [(one["MinCapacity"], one["MaxCapacity"], value[one["ResourceId"]]) for one in found]


def deployed(make, model_file, hosting=LARGE):
    """Deploy `shop` and return its configuration's name."""
    sagemaker = make(hosting)
    sagemaker.deploy(model_file, "shop", lambda _: None)
    (config,) = everything(sagemaker.account.session)["config"]
    return config


def test_an_update_under_load_keeps_the_instances_and_the_scaling(make, model_file, write):
    before = deployed(make, model_file)
    sagemaker = make(LARGE)
    fleet = Fleet(sagemaker, before, 4)
    sagemaker.deploy(write(variant(model_file, about="another"), "model.tar.gz"), "shop", lambda _: None)
    assert fleet.count == 4
    (asked,) = fleet.asked
    assert asked["RetainAllVariantProperties"] is True
    routing = asked["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == "CANARY"
    assert targets(sagemaker.account) == [(1, 4, 500)]


def test_an_update_to_another_type_of_instance_keeps_their_number_and_scales_again(make, model_file):
    before = deployed(make, model_file)
    sagemaker = make(XLARGE)
    fleet = Fleet(sagemaker, before, 3)
    sagemaker.deploy(model_file, "shop", lambda _: None)
    assert (fleet.count, fleet.variant(fleet.config)["InstanceType"]) == (3, "ml.m5.xlarge")
    assert targets(sagemaker.account) == [(1, 3, 900)]


def test_an_update_waits_for_an_endpoint_that_scales_just_now(make, model_file, write):
    before = deployed(make, model_file)
    sagemaker = make(LARGE)
    fleet = Fleet(sagemaker, before, 2)
    busy = [refused('Cannot update in-progress endpoint "arn:aws:sagemaker:r:1:endpoint/shop".')]

    def update(asked):
        if busy:
            fleet.count = 3
            raise busy.pop()
        return fleet.update(asked)

    record(sagemaker.account, {"sagemaker.UpdateEndpoint": update})
    sagemaker.deploy(write(variant(model_file, about="another"), "model.tar.gz"), "shop", lambda _: None)
    assert (fleet.count, fleet.asked[0]["RetainAllVariantProperties"]) == (3, True)


def test_an_update_without_scale_ends_the_scaling_and_has_one_instance(make, model_file):
    before = deployed(make, model_file)
    sagemaker = make(Hosting("ml.m5.large"))
    fleet = Fleet(sagemaker, before, 3)
    sagemaker.deploy(model_file, "shop", lambda _: None)
    assert fleet.count == 1
    assert "RetainAllVariantProperties" not in fleet.asked[0]
    assert targets(sagemaker.account) == []


@pytest.mark.parametrize("keep", [False, True])
def test_an_update_that_is_turned_back_scales_as_before(make, model_file, keep):
    before = deployed(make, model_file)
    sagemaker = make(XLARGE)
    sagemaker.keep = keep
    fleet = Fleet(sagemaker, before, 3, turned_back=True)
    with pytest.raises(SaekdongError, match="was rolled back to what it served before"):
        sagemaker.deploy(model_file, "shop", lambda _: None)
    assert (fleet.config, fleet.count) == (before, 3)
    assert targets(sagemaker.account) == [(1, 4, 500)]


def test_a_version_that_names_no_colors_is_turned_back_with_its_scaling(make, model_file):
    before = deployed(make, model_file)
    sagemaker = make(XLARGE)
    fleet = Fleet(sagemaker, before, 3)
    boom = ClientError({"Error": {"Code": "ModelError"}, "OriginalStatusCode": 500, "OriginalMessage": "boom"}, "I")
    record(sagemaker.account, {"sagemaker-runtime.InvokeEndpoint": lambda _: boom})
    with pytest.raises(SaekdongError, match="answered 500: boom"):
        sagemaker.deploy(model_file, "shop", lambda _: None)
    assert (fleet.config, fleet.count) == (before, 3)
    assert targets(sagemaker.account) == [(1, 4, 500)]


def test_a_rollback_returns_to_the_type_of_instance_and_the_scaling_of_before(make, model_file):
    before = deployed(make, model_file)
    sagemaker = make(XLARGE)
    fleet = Fleet(sagemaker, before, 2)
    sagemaker.deploy(model_file, "shop", lambda _: None)
    plain = make(Hosting())
    fleet = Fleet(plain, fleet.config, 3)
    plain.rollback("shop", lambda _: None)
    assert (fleet.config, fleet.count) == (before, 3)
    assert targets(plain.account) == [(1, 4, 500)]


@pytest.mark.parametrize(
    "operation", ["DeregisterScalableTarget", "UpdateEndpoint", "RegisterScalableTarget", "PutScalingPolicy"]
)
def test_a_scaled_update_that_is_killed_is_finished_by_the_next(make, model_file, operation):
    """The process dies right after the call: nothing of ours runs any more."""

    class Killed(BaseException):
        pass

    before = deployed(make, model_file)
    sagemaker = make(XLARGE)
    fleet = Fleet(sagemaker, before, 3)

    def die(model, **_):
        if model.name == operation:
            raise Killed

    for service in ("application-autoscaling", "sagemaker"):
        sagemaker.account.client(service).meta.events.register("after-call", die)
    with pytest.raises(Killed):
        sagemaker.deploy(model_file, "shop", lambda _: None)
    following = make(XLARGE)
    second = Fleet(following, fleet.config, fleet.count)
    following.deploy(model_file, "shop", lambda _: None)
    assert (second.count, second.variant(second.config)["InstanceType"]) == (3, "ml.m5.xlarge")
    assert targets(following.account) == [(1, 3, 900)]


def answers_at_once(account):
    """Recorded: asynchronous answers, which are there at once."""

    def answer(asked):
        where = asked["InputLocation"].replace("/in/", "/out/")
        upload(account, where.split("/", 3)[3], b'{"label": "navy"}')
        return {"InferenceId": "1", "OutputLocation": where}

    record(account, {"sagemaker-runtime.InvokeEndpointAsync": answer})


def from_none(least):
    """How an asynchronous endpoint is hosted that has 4 instances at most."""
    return Hosting("ml.m5.large", is_async=True, scaling=Scaling(least, 4, 5))


def test_an_asynchronous_endpoint_scales_to_none_and_starts_again_when_requests_wait(make, model_file):
    sagemaker = make(from_none(0))
    account = sagemaker.account
    answers_at_once(account)
    sagemaker.deploy(model_file, "shop", lambda _: None)
    assert targets(account) == [(0, 4, 5)]
    (config,) = everything(account.session)["config"]
    described = account.client("sagemaker").describe_endpoint_config(EndpointConfigName=config)
    assert described["ProductionVariants"][0]["InitialInstanceCount"] == 1
    policies = account.client("application-autoscaling").describe_scaling_policies(ServiceNamespace="sagemaker")
    kinds = {one["PolicyType"]: one for one in policies["ScalingPolicies"]}
    followed = kinds["TargetTrackingScaling"]["TargetTrackingScalingPolicyConfiguration"]
    metric = followed["CustomizedMetricSpecification"]
    assert (metric["MetricName"], metric["Namespace"]) == ("ApproximateBacklogSizePerInstance", "AWS/SageMaker")
    assert metric["Dimensions"] == [{"Name": "EndpointName", "Value": "shop"}]
    steps = kinds["StepScaling"]["StepScalingPolicyConfiguration"]
    assert steps["AdjustmentType"] == "ChangeInCapacity"
    (alarm,) = account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("HasBacklogWithoutCapacity", 1)
    assert alarm["AlarmActions"] == [kinds["StepScaling"]["PolicyARN"]]
    fleet = Fleet(sagemaker, config, 0)
    (item,) = [one for one in estimate(account, read_prices(None)) if one.kind == "endpoint"]
    assert (fleet.count, item.what, item.hour) == (0, "0 x ml.m5.large", 0)


def test_what_starts_the_first_instance_goes_when_one_always_runs(make, model_file):
    sagemaker = make(from_none(0))
    answers_at_once(sagemaker.account)
    sagemaker.deploy(model_file, "shop", lambda _: None)
    (config,) = everything(sagemaker.account.session)["config"]
    following = make(from_none(1))
    account = following.account
    answers_at_once(account)
    Fleet(following, config, 2)
    following.deploy(model_file, "shop", lambda _: None)
    assert targets(account) == [(1, 4, 5)]
    policies = account.client("application-autoscaling").describe_scaling_policies(ServiceNamespace="sagemaker")
    assert [one["PolicyType"] for one in policies["ScalingPolicies"]] == ["TargetTrackingScaling"]
    assert not [name for name in everything(account.session)["alarm"] if name.endswith("-backlog")]


def test_what_scales_to_none_is_removed_with_the_endpoint(make, model_file):
    sagemaker = make(from_none(0))
    answers_at_once(sagemaker.account)
    sagemaker.deploy(model_file, "shop", lambda _: None)
    sagemaker.destroy(None, lambda _: None, dry_run=False)
    assert everything(sagemaker.account.session) == {}
    assert targets(sagemaker.account) == []


def test_an_endpoint_on_instances_cannot_become_serverless(make, model_file):
    deployed(make, model_file, Hosting("ml.m5.large"))
    sagemaker = make(Hosting(serverless=Serverless()))
    before = everything(sagemaker.account.session)
    with pytest.raises(SaekdongError, match="AWS cannot make it serverless; choose another --name"):
        sagemaker.deploy(model_file, "shop", lambda _: None)
    assert everything(sagemaker.account.session) == before
