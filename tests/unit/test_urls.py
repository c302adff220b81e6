"""What of an address people may see."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import saekdong
from saekdong.fetch.urls import is_redacted, redacted, without_user

SECRET = "S3cr3t"  # noqa: S105
SECRETS = [
    "https://S3cr3t@a.kr/1.jpg",
    "https://me:S3cr3t@a.kr/1.jpg",
    "HTTPS://me:S3cr3t@a.kr/1.jpg",
    "https://me:S3cr3t@x@a.kr/1.jpg",
    "https://me:S3cr3t/x@a.kr/1.jpg",
    "ftp://me:S3cr3t@a.kr/1.jpg",
    "https://a.kr/1.jpg?token=S3cr3t",
    "https://a.kr/1.jpg?w=800&access_token=S3cr3t&h=1",
    "https://a.kr/1.jpg?sig=S3cr3t",
    "https://a.kr/1.jpg?sv=2024&se=2027&sr=b&sig=S3cr3t%2Bx%3D",
    "https://a.kr/1.jpg?X-Amz-Algorithm=AWS4&X-Amz-Credential=S3cr3t&X-Amz-Security-Token=S3cr3t&X-Amz-Signature=S3cr3t",
    "https://a.kr/1.jpg?X-Goog-Signature=S3cr3t",
    "https://a.kr/1.jpg?AWSAccessKeyId=S3cr3t&Expires=1&Signature=S3cr3t",
    "https://a.kr/1.jpg?Expires=1&Signature=S3cr3t&Key-Pair-Id=S3cr3t&Policy=S3cr3t",
    "https://a.kr/1.jpg?api_key=S3cr3t",
    "https://a.kr/1.jpg?apikey=S3cr3t;key=S3cr3t",
    "https://a.kr/1.jpg?%74oken=S3cr3t",
    "https://a.kr/1.jpg?q='&password=S3cr3t",
    "https://a.kr/1.jpg#access_token=S3cr3t",
]
HARMLESS = """
https://a.kr/1.jpg https://a.kr/1.jpg?w=800&h=600&fit=crop https://a.kr/img.php?id=12 https://a.kr:8080/a@2x.jpg
https://a.kr/1.jpg?v=d41d8cd98f00b204e9800998ecf8427e s3://bucket/key.jpg /srv/photos/token=1.jpg C:\\photos?token=1
https://cdn.shopify.com/s/files/1/2.jpg?v=1&width=10 https://a.kr/@shop/1.jpg""".split()  # noqa: SIM905


@pytest.mark.parametrize("address", SECRETS)
def test_secrets_of_an_address_are_hidden_in_any_text(address):
    for text in (
        address,
        f"{address}: not-found",
        f"cannot fetch {address!r}; try again",
        f"({address})",
        f"{address}.",
    ):
        assert SECRET not in redacted(text)
        assert "a.kr" in redacted(text)
        assert redacted(redacted(text)) == redacted(text)
    assert is_redacted(redacted(address))
    assert not is_redacted(address)


@pytest.mark.parametrize("address", HARMLESS)
def test_an_address_without_secrets_stays_as_it_is(address):
    assert redacted(address) == address
    assert without_user(address) == address
    assert not is_redacted(address)


@given(st.text(max_size=80), st.text("abc:/@?#&= ", max_size=80))
def test_any_text_can_be_redacted_again(start, end):
    text = f"{start}://{end}"
    assert redacted(redacted(text)) == redacted(text)


def test_nothing_else_opens_an_address():
    root = Path(saekdong.__path__[0])
    opening = re.compile(r"\bfsspec\b|urllib\.request|ClientSession\(|urlopen|import (?:requests|httpx|urllib3)\b")
    found = {str(path.relative_to(root)) for path in root.rglob("*.py") if opening.search(path.read_text())}
    # Besides photos and feeds: AWS's own service and the engine's, endpoints on loopback, Google's client, the webhooks
    # that a shop names for its alarms, and the OpenID provider that it names.
    others = {
        "deploy/aws/repository.py",
        "deploy/image/probe.py",
        "deploy/local/backend.py",
        "monitoring/delivery.py",
        "people/openid.py",
        "photo/services/google_vision.py",
    }
    assert found - others == {"fetch/fetcher.py"}
