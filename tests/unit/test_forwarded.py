"""Whose word about where a request comes from is taken."""

import asyncio

import pytest

from saekdong.web.access.proxy import SECRET_HEADER, TrustedProxies

PROXY, SECRET = "10.0.0.5", "the-secret-of-the-proxy"
FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


def seen(client, headers, *, addresses=(PROXY,), secret=SECRET):
    """Return what is behind the proxies' gate: client, scheme and headers."""
    found = {}

    async def app(scope, _receive, _send):
        found.update(scope)

    pairs = headers.items() if isinstance(headers, dict) else headers
    raw = [(name.lower().encode(), value.encode()) for name, value in pairs]
    scope = {"type": "http", "client": (client, 1), "scheme": "http", "headers": raw}
    asyncio.run(TrustedProxies(app, addresses, secret)(scope, None, None))
    return found["client"][0], found["scheme"], dict(found["headers"])


def test_a_proxy_with_the_secret_says_where_a_request_comes_from():
    client, scheme, headers = seen(PROXY, {**FORWARDED, SECRET_HEADER: SECRET, "Cookie": "a"})
    assert (client, scheme) == ("203.0.113.9", "https")
    assert headers == {b"cookie": b"a", b"via": b"proxy"}  # the secret goes no further


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        (PROXY, FORWARDED),
        (PROXY, {**FORWARDED, SECRET_HEADER: "x"}),
        (PROXY, {**FORWARDED, SECRET_HEADER: ""}),
        (PROXY, [*FORWARDED.items(), (SECRET_HEADER, SECRET), (SECRET_HEADER, "x")]),
        ("10.0.0.6", {**FORWARDED, SECRET_HEADER: SECRET}),
        ("fe80::1%eth0", {**FORWARDED, SECRET_HEADER: SECRET}),
        ("203.0.113.7", {**FORWARDED, "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1", "Via": "1.1 x"}),
    ],
)
def test_forged_headers_are_removed(client, headers):
    found, scheme, left = seen(client, headers)
    assert (found, scheme) == (client, "http")
    assert left == {b"via": b"unknown"}


def test_an_empty_secret_trusts_nobody():
    assert seen(PROXY, {**FORWARDED, SECRET_HEADER: ""}, secret="")[0] == PROXY


def test_of_several_addresses_the_last_is_the_one_that_the_proxy_saw():
    pairs = {"X-Forwarded-For": "127.0.0.1, 203.0.113.9", SECRET_HEADER: SECRET, "X-Forwarded-Proto": "javascript"}
    assert seen(PROXY, pairs)[:2] == ("203.0.113.9", "http")


def test_the_spelling_of_the_proxys_address_does_not_matter():
    assert seen("::ffff:10.0.0.5", {**FORWARDED, SECRET_HEADER: SECRET})[0] == "203.0.113.9"


def test_a_request_that_nobody_forwarded_is_left_as_it_is():
    assert seen("203.0.113.7", {"Host": "desk.shop.example"}) == (
        "203.0.113.7",
        "http",
        {b"host": b"desk.shop.example"},
    )
