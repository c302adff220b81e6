"""What can be said of AWS without asking it: the ledger, names, credentials files, refusals, prices, policies."""

import json
import multiprocessing
import re
import resource
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from saekdong.deploy.aws import Guardrails, Hosting, Ledger, Network, Scaling, Serverless, connect_aws
from saekdong.deploy.aws.endpoint import check_name
from saekdong.deploy.aws.ledger import LedgerEntry
from saekdong.deploy.aws.policy import MANAGED_MOST, deployer_policy, length
from saekdong.deploy.aws.prices import read_prices
from saekdong.deploy.aws.refusals import aws_refusal, is_missing, is_taken
from saekdong.errors import SaekdongError

SECRET = "sekritKEYsekritKEYsekritKEYsekritKEY0123"  # noqa: S105

ENTRY = LedgerEntry("endpoint", "shop", "shop", "123456789012", "ap-northeast-2")
DOCS = Path(__file__).parents[2] / "docs" / "aws.md"


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger.jsonl")


def test_a_workspace_keeps_its_id(ledger):
    assert re.fullmatch(r"[0-9a-f]{8}", ledger.workspace)
    assert Ledger(ledger.path).workspace == ledger.workspace


def test_what_was_made_stands_until_it_is_removed(ledger):
    ledger.creating(ENTRY)
    ledger.creating(ENTRY)
    assert Ledger(ledger.path).standing() == [ENTRY]
    ledger.removed(ENTRY)
    assert ledger.standing() == []
    assert ledger.made() == [ENTRY]


@given(cut=st.integers(0, 200), rubbish=st.binary(max_size=20))
def test_a_line_that_was_cut_short_loses_nothing_else(tmp_path_factory, cut, rubbish):
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "ledger.jsonl")
    ledger.creating(ENTRY)
    whole = ledger.path.read_bytes()
    torn = whole[: min(cut, len(whole) - 2)] + rubbish.replace(b"\n", b"").replace(b"\r", b"")
    ledger.path.write_bytes(whole + torn)
    second = LedgerEntry("role", "other", "", "1", "r")
    ledger.creating(second)
    assert ledger.standing() == [ENTRY, second]


def test_what_cannot_be_written_down_is_told_so_that_nothing_is_made(ledger):
    ledger.creating(ENTRY)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ledger.path.stat().st_size, before[1]))
    try:
        with pytest.raises(SaekdongError, match=r"cannot write .*ledger.jsonl: File too large"):
            ledger.creating(LedgerEntry("role", "other", "", "1", "r"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert ledger.standing() == [ENTRY]


def _hold(path, held, free):
    with Ledger(path).held("shop"):
        held.set()
        free.wait(30)


def test_one_process_changes_a_deployment_at_a_time(ledger):
    context = multiprocessing.get_context("spawn")
    held, free = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(ledger.path, held, free))
    other.start()
    assert held.wait(30)
    with ledger.held("another"):
        pass
    for name in ("shop", None):
        with pytest.raises(SaekdongError, match=r"another saekdong is changing .*; wait for it"), ledger.held(name):
            pass
    other.kill()
    other.join()
    other.close()
    with ledger.held(None), pytest.raises(SaekdongError), Ledger(ledger.path).held("shop"):
        pass


@pytest.mark.parametrize("name", ["shop", "a", "shop-2", "A1-b2", "x" * 50])
def test_names_that_sagemaker_takes(name):
    check_name(name)


@pytest.mark.parametrize("name", ["", "-shop", "shop-", "a--b", "색동", "a_b", "x" * 51, "shop\n"])
def test_names_that_it_does_not(name):
    with pytest.raises(SaekdongError, match="cannot be an endpoint's name; use up to 50"):
        check_name(name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"serverless": Serverless(), "is_async": True},
        {"serverless": Serverless(), "scaling": Scaling(1, 2)},
        {"serverless": Serverless(memory=1000)},
        {"serverless": Serverless(concurrency=0)},
        {"serverless": Serverless(concurrency=5, provisioned=6)},
        {"serverless": Serverless(provisioned=0)},
        {"serverless": Serverless(), "startup_seconds": 90},
        {"startup_seconds": 59},
        {"scaling": Scaling(3, 2)},
        {"scaling": Scaling(0, 2), "instance": "ml.m5.large"},
        {"scaling": Scaling(0, 0), "instance": "ml.m5.large", "is_async": True},
        {"scaling": Scaling(1, 2)},
        {"scaling": Scaling(1, 2), "instance": "ml.t2.2xlarge"},
    ],
)
def test_what_does_not_go_together_is_told(wrong):
    with pytest.raises(SaekdongError, match=r"; (leave out|give)"):
        Hosting(**wrong)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"key": "alias/shop"}, "aws kms describe-key --key-id alias/shop --query KeyMetadata.Arn"),
        ({"tags": {"aws:team": "x"}}, "kept for others; choose another key"),
        ({"tags": {"Saekdong": "x", "saekdong:workspace": "x"}}, "saekdong:workspace is not yours"),
        ({"tags": {"team": "a|b"}}, "AWS does not take the tag team=a|b; use letters"),
        ({"tags": {"x" * 129: ""}}, "128 for the key"),
        ({"tags": {str(at): "" for at in range(49)}}, "give 48 at most"),
    ],
)
def test_guardrails_that_aws_does_not_take_are_told(wrong, told):
    with pytest.raises(SaekdongError, match=re.escape(told)):
        Guardrails(**wrong)


@pytest.mark.parametrize(
    ("subnets", "groups", "told"),
    [
        ((), ("sg-0123abcd",), "a network needs 1 to 16 of --subnet, and 0 are given"),
        (("subnet-0123abcd",), ("sg-0123abcd",) * 6, "a network needs 1 to 5 of --security-group, and 6 are given"),
        (("vpc-0123abcd",), ("sg-0123abcd",), "--subnet vpc-0123abcd is not an id; give one such as subnet-0123abcd"),
    ],
)
def test_a_network_that_sagemaker_does_not_take_is_told(subnets, groups, told):
    with pytest.raises(SaekdongError, match=re.escape(told)):
        Network(subnets, groups)


def test_tags_may_be_in_korean():
    assert Guardrails({"팀": "색동 가게"}).tags == {"팀": "색동 가게"}


@pytest.fixture
def clean(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def keys(profile, key="AKIATESTTESTTESTTEST"):
    return f"[{profile}]\naws_access_key_id = {key}\naws_secret_access_key = {SECRET}\n"


def test_the_only_profile_of_a_credentials_file_is_used(clean, write):
    clean.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    clean.setenv("AWS_SECRET_ACCESS_KEY", "other")
    session = connect_aws(credentials=write(keys("handson2"), "credentials"))
    assert session.boto.get_credentials().access_key == "AKIATESTTESTTESTTEST"
    assert session.region == "ap-northeast-2"


def test_a_profile_of_a_credentials_file_is_chosen_and_its_region_with_it(clean, write):
    file = write(keys("default", "AKIADEFAULT") + keys("handson2") + "region = eu-west-1\n", "credentials")
    assert connect_aws(credentials=file).boto.get_credentials().access_key == "AKIADEFAULT"
    chosen = connect_aws("handson2", file)
    assert chosen.boto.get_credentials().access_key == "AKIATESTTESTTESTTEST"
    assert chosen.region == "eu-west-1"
    assert connect_aws("handson2", file, "us-east-1").region == "us-east-1"
    clean.setenv("AWS_REGION", "eu-north-1")
    assert connect_aws("handson2", file).region == "eu-north-1"


@pytest.mark.parametrize(
    ("content", "profile", "told"),
    [
        (keys("a") + keys("b"), None, "has no profile default; give --profile, one of: a, b"),
        (keys("a"), "b", "has no profile b; give --profile, one of: a"),
        ("", None, "has no profile default"),
        (f"aws_secret_access_key = {SECRET}", None, "is not of the form of ~/.aws/credentials"),
        ("\ufeff" + keys("a"), None, "as UTF-8 without BOM"),
        (b"\xff\xfe\x00", None, "is not of the form"),
    ],
)
@pytest.mark.usefixtures("clean")
def test_a_credentials_file_that_does_not_do_is_told_without_its_content(write, content, profile, told):
    with pytest.raises(SaekdongError, match=re.escape(told)) as error:
        connect_aws(profile, write(content, "credentials"))
    assert SECRET not in str(error.value)
    assert error.value.__context__ is None or error.value.__suppress_context__


@pytest.mark.usefixtures("clean")
def test_no_credentials_no_profile_no_region_are_told(write):
    with pytest.raises(SaekdongError, match="there are no AWS credentials; sign in"):
        connect_aws()
    with pytest.raises(SaekdongError, match=r"handson2.*; sign in"):
        connect_aws("handson2")
    with pytest.raises(SaekdongError, match="there is no region Seoul; give one as"):
        connect_aws(credentials=write(keys("a"), "credentials"), region="Seoul")
    with pytest.raises(SaekdongError, match="cannot read"):
        connect_aws(credentials=Path("none"))


def refused(code, message="no", status=400):
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Op"
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            refused(
                "AccessDeniedException",
                "User: arn:aws:iam::1:user/me is not authorized to perform: sagemaker:CreateModel on resource: "
                "arn:aws:sagemaker:r:1:model/m because no identity-based policy allows the action",
            ),
            'allow {"Effect": "Allow", "Action": ["sagemaker:CreateModel"], '
            '"Resource": ["arn:aws:sagemaker:r:1:model/m"]}',
        ),
        (refused("403", "Forbidden"), "docs/aws.md has the whole policy"),
        (refused("RequestTimeTooSkewed"), "timedatectl set-ntp true"),
        (refused("ExpiredToken"), "sign in again"),
        (refused("ResourceLimitExceeded"), "'saekdong doctor' names it"),
        (refused("ThrottlingException"), "run it again"),
        (refused("Whatever", status=503), "run it again"),
        (refused("502", "<!DOCTYPE html>\n<title>Bad</title>", 502), "operation: the answer is an HTML page; run it"),
        (refused("ValidationException", "1 validation error"), "1 validation error"),
    ],
)
def test_what_aws_refuses_is_told_with_its_mend(error, told):
    assert told in str(aws_refusal(error))


def test_what_is_missing_or_taken_is_known_from_aws_words():
    assert is_missing(refused("ValidationException", 'Could not find endpoint "arn:x".'))
    assert is_missing(refused("ValidationException", "RecordNotFound"))
    assert is_missing(refused("NoSuchBucket"))
    assert not is_missing(refused("ValidationException", "1 validation error detected"))
    assert is_taken(refused("ValidationException", "Cannot create already existing endpoint"))
    assert is_taken(refused("EntityAlreadyExists"))
    assert is_taken(refused("BucketAlreadyOwnedByYou"))
    assert not is_taken(refused("NoSuchBucket"))


def test_prices_have_a_date_and_a_source():
    prices = read_prices(None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", prices.date)
    assert prices.source
    assert prices.instance("ap-northeast-2", "hosting", "ml.t2.medium") == pytest.approx(0.0691, abs=1e-4)
    assert prices.instance("ap-northeast-2", "hosting", "ml.p99.large") is None
    assert prices.monthly("mars-1", "s3", 1) is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"date": 1}', '{"date":"","source":"","currency":"","regions":3}']
)
def test_a_price_table_of_another_form_is_told(write, content):
    with pytest.raises(SaekdongError, match="is not a price table"):
        read_prices(write(content, "prices.json"))


def test_prices_of_ones_own_are_read_from_csv(write):
    prices = read_prices(
        write(
            "\ufeffRegion, Resource, Price\n"
            "eu-central-1,hosting:ml.m5.large,0.138\n"
            "eu-central-1,provisioned:2048,0.02\n"
            "eu-central-1,s3,0.0245\n",
            "Prices.CSV",
        )
    )
    assert prices.instance("eu-central-1", "hosting", "ml.m5.large") == 0.138
    assert prices.instance("eu-central-1", "provisioned", "2048") == 0.02
    assert prices.monthly("eu-central-1", "s3", 730) == 0.0245
    assert (prices.source, prices.currency, prices.is_old) == ("Prices.CSV", "USD", False)
    assert read_prices(None).is_old


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "line 1: the column region is missing; write region,resource,price as the first line"),
        ("region,resource\nr,s3\n", "line 1: the column price is missing"),
        ("region,resource,price\nr,s3,cheap\n", "line 2: the price 'cheap' is invalid; write a number"),
        ("region,resource,price\nr,s3,nan\n", "line 2: the price 'nan' is invalid"),
        ("region,resource,price\nr,s3,-1\n", "line 2: the price '-1' is invalid"),
        ("region,resource,price\nr,alarm,1\nr,s4,1\n", "line 3: the resource 's4' is invalid; use one of hosting:TYPE"),
        ("region,resource,price\nr,hosting,1\n", "line 2: the resource 'hosting' is invalid"),
        ("region,resource,price\nr,s3,1\nr,s3,2\n", "line 3: the resource 's3' is invalid; r has it twice"),
        ("region,resource,price\n,s3,1\n", "line 2: the region '' is invalid; fill it in"),
    ],
)
def test_a_price_file_that_does_not_do_is_told_with_line_and_field(write, content, told):
    with pytest.raises(SaekdongError, match=re.escape(told)):
        read_prices(write(content, "prices.csv"))


def test_what_scaling_needs_is_allowed_and_no_more():
    """What AWS's guide asks for in "Auto scaling prerequisites", on the resources that it names."""
    statements = {one["Sid"]: one for one in deployer_policy("1", "r")["Statement"]}
    assert "sagemaker:UpdateEndpointWeightsAndCapacities" in statements["SageMaker"]["Action"]
    service = "sagemaker.application-autoscaling.amazonaws.com"
    linked = statements["ScalingRole"]
    assert linked["Action"] == ["iam:CreateServiceLinkedRole"]
    assert linked["Resource"] == [
        f"arn:aws:iam::1:role/aws-service-role/{service}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    ]
    assert linked["Condition"] == {"StringEquals": {"iam:AWSServiceName": service}}
    assert statements["ScalingAlarms"]["Action"] == ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"]
    assert statements["ScalingAlarms"]["Resource"] == ["arn:aws:cloudwatch:r:1:alarm:TargetTracking-*"]
    assert "cloudwatch:DescribeAlarms" in statements["Lists"]["Action"]


def test_the_policy_fits_into_one_managed_policy_and_into_no_inline_one_of_a_user():
    longest = deployer_policy("123456789012", "ap-southeast-2", "a" * 64, "aws-us-gov")
    assert 2048 < length(longest) <= MANAGED_MOST


def test_the_docs_show_the_policy_and_a_price_table_that_can_be_read(write):
    policies = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)]
    table, policy = policies
    assert policy == deployer_policy("ACCOUNT", "REGION")
    assert read_prices(write(json.dumps(table), "prices.json")).currency == "USD"
