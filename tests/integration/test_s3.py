"""Photos on S3, which moto plays over HTTP on loopback."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ports import free_port
from saekdong.catalog.drawings import COLORS, draw, jpeg, plain

ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "ap-northeast-2",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture
def s3(monkeypatch) -> Iterator[dict[str, str]]:
    """The settings of an account with a bucket that holds one red mug."""
    server = ThreadedMotoServer(port=free_port())
    server.start()
    settings = {**ACCOUNT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server._port}"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    client.put_object(Bucket="shop", Key="red/mug.jpg", Body=jpeg(draw(plain(COLORS["red"][0]))))
    client.close()
    yield settings
    server.stop()


def test_a_photo_is_tagged_from_its_s3_address_and_a_missing_one_is_told(saekdong, s3):
    run = saekdong("tag", "s3://shop/red/mug.jpg", "s3://shop/none.jpg", env=s3)
    found, missing = (json.loads(line) for line in run.stdout.splitlines())
    assert run.returncode == 1
    assert found["tags"][0]["label"] == "red"
    assert missing["error"]["code"] == "not-found"
