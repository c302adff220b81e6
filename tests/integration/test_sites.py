"""Requests that a browser sends for another site's page: refused by serve, by an endpoint's front and by the studio."""

import asyncio

import httpx
import pytest

from saekdong.deploy.local.front import Front
from saekdong.deploy.local.request_counts import RequestCounts
from saekdong.entrance.errors import RequestError
from saekdong.entrance.sites import Sites
from serving import serving

COLOR = {"r": 31, "g": 42, "b": 82}
OWN = {"host": "localhost:8080", "origin": "http://localhost:8080", "sec-fetch-site": "same-origin"}


def refusal(sites: Sites, method: str, **headers: str) -> int:
    """Return the status of the refusal, or 0."""
    given = {name.replace("_", "-").encode(): value.encode("latin-1", "replace") for name, value in headers.items()}
    try:
        sites.check(method, given)
    except RequestError as error:
        return error.status
    return 0


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "127.9.9.9", "[::1]:80", "shop.example"]
)
def test_the_machines_names_and_those_given_are_answered(host):
    assert refusal(Sites("127.0.0.1", ["Shop.example"]), "GET", host=host) == 0


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "한"])
def test_a_rebound_name_is_not_answered(host):
    assert refusal(Sites("127.0.0.1"), "GET", host=host) == 421
    assert refusal(Sites("127.0.0.1"), "POST") == 421
    assert refusal(Sites("192.0.2.1"), "GET", host=host) == 0


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({}, True),
        ({"sec_fetch_site": "same-origin", "origin": "http://localhost:8080"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site", "origin": "http://localhost:3000"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"origin": "http://localhost:8080"}, True),
        ({"origin": "http://localhost:3000"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://["}, False),
        ({"origin": "https://page.example", "sec_fetch_site": "cross-site"}, True),
    ],
)
def test_pages_of_other_sites_send_nothing(headers, is_own):
    sites = Sites("127.0.0.1", origins=["https://page.example"])
    for method in ("POST", "DELETE", "PUT"):
        assert refusal(sites, method, host="localhost:8080", **headers) == (0 if is_own else 403)
    assert refusal(sites, "GET", host="localhost:8080", **headers) == 0


@pytest.mark.slow
def test_serve_refuses_other_names_and_other_sites_pages():
    with serving("starter") as service, service.client() as client:
        assert client.post("/invocations", json=COLOR).status_code == 200
        for headers, status, code in (
            ({"Host": "evil.example"}, 421, "wrong-name"),
            ({"Origin": "https://evil.example"}, 403, "other-site"),
            ({"Sec-Fetch-Site": "cross-site"}, 403, "other-site"),
        ):
            answer = client.post("/invocations", json=COLOR, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert client.get("/ping", headers={"Host": "evil.example"}).status_code == 421
    with serving("starter", "--name", "color.shop.example") as service, service.client() as client:
        assert client.get("/ping", headers={"Host": "color.shop.example:443"}).status_code == 200


@pytest.mark.parametrize("path", ["/invocations", "/endpoints/shop/invocations", "/ping"])
def test_an_endpoints_front_refuses_them_too(path, tmp_path):
    async def asked(**headers: str) -> int:
        transport = httpx.ASGITransport(Front("shop", lambda _: 0, RequestCounts(tmp_path / "traffic.json")))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8100") as client:
            return (await client.post(path, json=COLOR, headers=headers)).status_code

    assert asyncio.run(asked(Host="evil.example")) == 421
    assert asyncio.run(asked(Origin="https://evil.example")) == 403
