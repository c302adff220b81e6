"""Photos and feeds on S3, which moto plays over HTTP on loopback."""

import json
from collections.abc import Iterator

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from photo_server import serving
from ports import free_port
from saekdong.catalog.ingest.watching import Watched
from saekdong.errors import SaekdongError
from saekdong.fetch import FetchError
from saekdong.fetch import fetcher as fetching
from saekdong.fetch.fetcher import Fetcher
from saekdong.samples.drawings import COLORS, draw, jpeg, plain

ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "ap-northeast-2",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def photo(label: str) -> bytes:
    return jpeg(draw(plain(COLORS[label][0])))


def put(key: str, content: bytes) -> None:
    client = boto3.client("s3")
    client.put_object(Bucket="shop", Key=key, Body=content)
    client.close()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(port=free_port())
    server.start()
    yield f"http://127.0.0.1:{server._port}"
    server.stop()


@pytest.fixture
def s3(server, monkeypatch) -> dict[str, str]:
    """The settings of an account with a bucket that holds one red mug."""
    httpx.post(f"{server}/moto-api/reset")
    settings = {**ACCOUNT, "AWS_ENDPOINT_URL": server}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    client.close()
    put("red/mug.jpg", photo("red"))
    return settings


def test_a_photo_is_tagged_from_its_s3_address_and_a_missing_one_is_told(saekdong, s3):
    run = saekdong("tag", "s3://shop/red/mug.jpg", "s3://shop/none.jpg", env=s3)
    found, missing = (json.loads(line) for line in run.stdout.splitlines())
    assert run.returncode == 1
    assert found["tags"][0]["label"] == "red"
    assert missing["error"]["code"] == "not-found"


def test_a_feed_on_s3_with_photos_there_and_in_the_web(saekdong, s3, tmp_path):
    put("feeds/photos/navy.jpg", photo("navy"))
    with serving() as web:
        web.photos["/green.jpg"] = photo("green")
        rows = ["1,s3://shop/red/mug.jpg", "2,photos/navy.jpg", f"3,{web.address}/green.jpg", "4,../red/none.jpg"]
        put("feeds/feed.csv", "\n".join(["id,photos", *rows]).encode())

        def add() -> dict[str, int]:
            arguments = ("catalog", "add", "s3://shop/feeds/feed.csv", "--allow-private", "--format", "json")
            run = saekdong(*arguments, "--jobs", "1", env=s3)
            assert "4: photos: s3://shop/red/none.jpg: not-found: there is nothing at this address" in run.stderr
            (told,) = json.loads(run.stdout)
            return {name: count for name, count in told.items() if count and name not in ("labels", "model")}

        assert add() == {"new": 4, "errors": 1}
        # Not fetched at all, and so not tagged: what S3 says of an object has not changed.
        assert add() == {"unchanged": 4, "errors": 1}
        put("red/mug.jpg", photo("yellow"))
        put("feeds/feed.csv", "\n".join(["id,photos", *rows[:2], rows[3]]).encode())
        assert add() == {"changed": 1, "unchanged": 2, "gone": 1, "errors": 1, "tags_changed": 1}
    saekdong("catalog", "export", "--to", "jsonl", "--out", "tags.jsonl")
    tags = {row["id"]: row["labels"] for row in map(json.loads, (tmp_path / "tags.jsonl").read_text().splitlines())}
    assert tags == {"1": ["yellow"], "2": ["navy"], "4": []}


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("s3://shop/none.csv", "there is nothing at this address; check it"),
        ("s3://no-such-bucket/feed.csv", "The specified bucket does not exist"),
        ("s3://shop/red", "this is a folder on S3, not an object; give the address of an object in it"),
        ("s3://shop", "this is a folder on S3, not an object; give the address of an object in it"),
    ],
)
def test_a_feed_that_is_not_there_is_one_clear_error(saekdong, s3, address, told):
    run = saekdong("catalog", "add", address, env=s3)
    assert run.returncode == 2
    assert run.stderr.startswith(f"saekdong: {address}: ")
    assert run.stderr.endswith(f"{told}\n")
    assert run.stderr.count("\n") == 1


def test_without_an_account_it_says_so(saekdong, s3):
    nobody = {**s3, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    run = saekdong("catalog", "add", "s3://shop/feed.csv", env=nobody)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert run.stderr.endswith("no AWS credentials were found; sign in with 'aws configure'\n")


@pytest.mark.usefixtures("s3")
def test_a_feed_on_s3_that_is_watched_is_read_when_it_has_changed(tmp_path):
    put("feed.csv", b"id,photos")
    with Fetcher() as fetcher:
        watched = Watched("S3://shop/feed.csv", fetcher, tmp_path / "feed")
        assert watched.is_due()
        assert not watched.is_due()
        put("feed.csv", b"id,photos\n1,mug.jpg")
        assert watched.is_due()
        assert (tmp_path / "feed").read_bytes() == b"id,photos\n1,mug.jpg"
        with pytest.raises(SaekdongError, match="s3://shop/none: there is nothing at this address"):
            fetcher.download("s3://shop/none", tmp_path / "feed")


@pytest.mark.usefixtures("s3")
def test_a_photo_on_s3_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "MOST_PHOTO_BYTES", 1 << 10)
    with Fetcher() as fetcher, pytest.raises(FetchError, match="larger than") as error:
        fetcher.fetch("s3://shop/red/mug.jpg", tmp_path / "photo").result()
    assert error.value.code == "too-large"
