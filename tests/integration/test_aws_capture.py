"""Data Capture on SageMaker: what the endpoint is told, how long its lines are kept, and what is read of them."""

from datetime import UTC, datetime, timedelta

import pytest

from clouds import everything
from saekdong.captures import CaptureSettings, Retention
from saekdong.captures.lines import to_line
from saekdong.deploy.aws import Guardrails, Hosting, Serverless, read_captured
from saekdong.deploy.aws.bucket import bucket_name, upload
from saekdong.deploy.aws.capturing import ensure_captures
from saekdong.errors import SaekdongError
from saekdong.tagging.starter import STARTER_FILE

KEY = "arn:aws:kms:ap-northeast-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def silent(line: str) -> None:
    assert line


def config_of(sagemaker, name):
    client = sagemaker.account.client("sagemaker")
    config = client.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    return client.describe_endpoint_config(EndpointConfigName=config)


def rules_of(sagemaker):
    s3 = sagemaker.account.client("s3")
    found = s3.get_bucket_lifecycle_configuration(Bucket=bucket_name(sagemaker.account))
    return {rule["ID"]: rule for rule in found["Rules"]}


def put_lines(account, name, event):
    moment = f"{datetime.now(UTC) + timedelta(seconds=2):%Y-%m-%dT%H:%M:%SZ}"
    line = to_line(event, moment, "0" * 64, "text/csv", None, "text/csv", b"navy")
    key = f"captures/{name}/AllTraffic/{datetime.now(UTC):%Y/%m/%d/%H}/{event}.jsonl"
    upload(account, key, line.replace(f',"modelId":"{"0" * 64}"', "").encode())


def test_a_color_endpoint_captures_requests_and_answers(make, model_file):
    sagemaker = make(capture=CaptureSettings(20, Retention.parse("36h")))
    sagemaker.deploy(model_file, "shop", silent)
    assert config_of(sagemaker, "shop")["DataCaptureConfig"] == {
        "EnableCapture": True,
        "InitialSamplingPercentage": 20,
        "DestinationS3Uri": f"s3://{bucket_name(sagemaker.account)}/captures",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": [
                "application/json",
                "application/jsonlines",
                "application/x-jsonlines",
                "application/x-ndjson",
            ],
        },
    }
    (rule,) = rules_of(sagemaker).values()
    assert (rule["Filter"], rule["Expiration"], rule["Status"]) == (
        {"Prefix": "captures/shop/"},
        {"Days": 2},
        "Enabled",
    )
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 1


@pytest.mark.parametrize(("photos", "modes"), [(False, ["Output"]), (True, ["Input", "Output"])])
def test_a_photo_endpoint_captures_answers_alone_unless_asked(make, photos, modes):
    sagemaker = make(capture=CaptureSettings(100, photos=photos))
    sagemaker.deploy(STARTER_FILE, "shop", silent)
    assert [one["CaptureMode"] for one in config_of(sagemaker, "shop")["DataCaptureConfig"]["CaptureOptions"]] == modes


def test_a_company_s_key_encrypts_what_is_captured(make, model_file):
    sagemaker = make(capture=CaptureSettings(100))
    sagemaker.account.guardrails = Guardrails(key=KEY)
    sagemaker.deploy(model_file, "shop", silent)
    assert config_of(sagemaker, "shop")["DataCaptureConfig"]["KmsKeyId"] == KEY


@pytest.mark.parametrize(
    ("hosting", "problem"),
    [
        (Hosting(serverless=Serverless()), "SageMaker does not capture at serverless endpoints"),
        (Hosting(is_async=True), "the requests of an asynchronous endpoint and their answers are in the bucket"),
    ],
)
def test_endpoints_that_cannot_capture_are_refused_before_anything_is_made(make, model_file, hosting, problem):
    sagemaker = make(hosting=hosting, capture=CaptureSettings(100))
    with pytest.raises(SaekdongError, match=problem):
        sagemaker.deploy(model_file, "shop", silent)
    assert everything(sagemaker.account.session) == {}


def test_lines_are_read_with_the_model_of_their_time_and_removed_with_their_endpoint(make, model_file):
    sagemaker = make(capture=CaptureSettings(100))
    endpoint = sagemaker.deploy(model_file, "shop", silent)
    make_other = make("shop", capture=CaptureSettings(10, Retention.parse("7d")))
    make_other.deploy(STARTER_FILE, "mall", silent)
    put_lines(sagemaker.account, "shop", "one")
    put_lines(sagemaker.account, "mall", "two")
    (request,) = read_captured(sagemaker.account, "shop")
    assert (request.endpoint, request.event, request.model) == ("shop", "one", endpoint.model)
    assert "captured requests shop" in sagemaker.destroy("shop", silent, dry_run=True)
    assert rules_of(sagemaker).keys() == {"saekdong-captures-shop", "saekdong-captures-mall"}
    sagemaker.destroy("shop", silent, dry_run=False)
    assert list(read_captured(sagemaker.account, "shop")) == []
    assert [one.event for one in read_captured(sagemaker.account, "mall")] == ["two"]
    assert rules_of(sagemaker).keys() == {"saekdong-captures-mall"}
    sagemaker.destroy(None, silent, dry_run=False)
    assert everything(sagemaker.account.session) == {}


def test_a_rule_of_the_company_on_the_bucket_stays(make, model_file):
    sagemaker = make()
    sagemaker.deploy(model_file, "shop", silent)
    s3, bucket = sagemaker.account.client("s3"), bucket_name(sagemaker.account)
    own = {"ID": "own", "Filter": {"Prefix": "x/"}, "Status": "Enabled", "Expiration": {"Days": 9}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [own]})
    for keep in ("3d", "5d"):
        ensure_captures(sagemaker.account, "shop", CaptureSettings(100, Retention.parse(keep)))
    assert {name: rule["Expiration"]["Days"] for name, rule in rules_of(sagemaker).items()} == {
        "own": 9,
        "saekdong-captures-shop": 5,
    }
    sagemaker.destroy("shop", silent, dry_run=False)
    assert rules_of(sagemaker).keys() == {"own"}
