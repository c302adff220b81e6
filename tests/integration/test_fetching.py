"""Photos from servers with troubles, over real connections."""

import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photo_server import serving
from saekdong.errors import SaekdongError
from saekdong.fetch import FetchError, Mark, hosts
from saekdong.fetch import fetcher as fetching
from saekdong.fetch.bounds import MOST_PHOTO_BYTES
from saekdong.fetch.fetcher import Fetcher, Patience


@pytest.fixture
def server():
    with serving() as server:
        server.photos["/photo.jpg"] = b"a photo"
        yield server


@pytest.fixture
def fetcher(monkeypatch):
    monkeypatch.setattr(fetching, "_FIRST_REST", 0.01)
    patience = Patience(connect=2, between=0.5, whole=5)
    with Fetcher(allow_private=True, connections=4, patience=patience) as fetcher:
        yield fetcher


@pytest.fixture
def fetch(fetcher, server, tmp_path):
    """Fetch a path, or an address; return the content, None if it is as it was, and the mark."""

    def fetch_one(path, mark=Mark()):  # noqa: B008
        file = tmp_path / "fetched"
        address = server.address + path if path.startswith("/") else path
        fetched = fetcher.fetch(address, file, mark).result(timeout=30)
        return file.read_bytes() if fetched.is_new else None, fetched.mark

    return fetch_one


def code_of(fetch, path):
    with pytest.raises(FetchError) as caught:
        fetch(path)
    return caught.value.code


def test_a_photo(fetch):
    assert fetch("/photo.jpg") == (b"a photo", Mark(size=7))


@pytest.mark.parametrize("path", ["/versioned/a.jpg", "/dated/a.jpg"])
def test_what_is_known_is_not_fetched_again(fetch, server, path):
    server.photos[path] = b"first"
    content, mark = fetch(path)
    assert content == b"first"
    assert fetch(path, mark) == (None, mark)
    server.photos[path] = b"second"
    if "versioned" in path:
        assert fetch(path, mark)[0] == b"second"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_with_a_bad_moment_is_asked_again(fetch, server, status):
    assert fetch(f"/busy/{status}/2//x.jpg")[0] == b"at last"
    assert server.asked[f"/busy/{status}/2//x.jpg"] == 3


def test_a_server_that_stays_bad_is_given_up(fetch, server):
    assert code_of(fetch, "/busy/500/99//x.jpg") == "unavailable"
    assert server.asked["/busy/500/99//x.jpg"] == 4


@pytest.mark.parametrize("after", ["1", "date"])
def test_retry_after_is_waited_for(fetch, after):
    begun = time.monotonic()
    assert fetch(f"/busy/429/1/{after}/x.jpg")[0] == b"at last"
    assert time.monotonic() - begun >= 1


def test_retry_after_of_an_hour_is_respected_by_leaving_the_host_alone(fetch, server):
    assert code_of(fetch, "/busy/503/1/3600/x.jpg") == "unavailable"
    assert code_of(fetch, "/photo.jpg") == "unavailable"
    assert server.asked["/photo.jpg"] == 0


NAMES = st.sampled_from([b"ETag", b"Last-Modified", b"Retry-After", b"Content-Range", b"Content-Type", b"Location"])
VALUES = st.one_of(
    st.sampled_from(
        [
            b'"\xff\xfe"',
            '"색동"'.encode(),
            b'"' + b"e" * 5_000 + b'"',
            b"Fri, 31 Dec 99999999999999999999 23:59:59 GMT",
            b"Fri, 31 Dec 9999 23:59:59 +9999",
            "²".encode(),
            b"9" * 5_000,
            b"bytes 99999999999999999999-1/2",
        ]
    ),
    st.binary(max_size=200).map(lambda value: value.translate(None, b"\0\r\n")),
)
STATUSES = st.sampled_from([200, 206, 304, 416, 302, 404])
ODD_ANSWERS = st.lists(st.tuples(STATUSES, st.lists(st.tuples(NAMES, VALUES), max_size=4)), min_size=1, max_size=8)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=ODD_ANSWERS)
def test_odd_headers_cost_their_photo_at_most(fetcher, server, tmp_path, answers):
    server.odd = [(status, [name + b": " + value for name, value in headers]) for status, headers in answers]
    asked = [fetcher.fetch(f"{server.address}/odd/{number}", tmp_path / f"{number}") for number in range(len(answers))]
    for one in asked:
        try:
            mark = one.result(timeout=30).mark
        except FetchError:
            continue
        assert all(text.isascii() and text.isprintable() and len(text) <= 200 for text in (mark.etag, mark.modified))
    # A host that failed often is left alone for a minute, which is not what this test is about.
    fetcher.hosts.clear()
    server.odd = [(200, [])]
    assert fetcher.fetch(f"{server.address}/odd/0", tmp_path / "next").result(timeout=30).is_new


@pytest.mark.parametrize("value", ["Fri, 31 Dec 99999999999999999999 23:59:59 GMT", "²", "9" * 5_000, "", "-1", "soon"])
def test_a_retry_after_is_a_day_at_most(value):
    assert 0 <= hosts.retry_after(value) <= 86_400


@pytest.mark.parametrize("can", ["yes", "no"])
def test_a_download_that_was_cut_goes_on_or_begins_again(fetch, server, can):
    path = f"/cut/{can}/a.jpg"
    server.photos[path] = bytes(range(256)) * 4096
    assert fetch(path)[0] == server.photos[path]
    headers = server.headers_of[path]
    assert headers["If-Range"] == '"v1"'
    assert 0 < int(headers["Range"].removeprefix("bytes=").removesuffix("-")) <= len(server.photos[path]) // 2


def test_two_halves_of_different_photos_are_not_put_together(fetch):
    assert fetch("/changed/a.jpg")[0] == b"b" * 100_000


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/none.jpg", "not-found"),
        ("/busy/403/9//x.jpg", "unreadable"),
        ("/busy/304/9//x.jpg", "unreadable"),
        ("/loop", "unreadable"),
        ("/to/ftp://127.0.0.1/a.jpg", "unreadable"),
        ("/to/file:///etc/passwd", "unreadable"),
        ("/endless", "too-large"),
        ("/large", "too-large"),
        ("/slow", "unavailable"),
        ("http://127.0.0.1:1/a.jpg", "unavailable"),
        ("http://no.such.host.invalid/a.jpg", "unavailable"),
        ("http://", "unreadable"),
        ("http://[::1/a.jpg", "unreadable"),
        ("http://127.0.0.1:99999/a.jpg", "unreadable"),
    ],
)
def test_what_cannot_be_fetched_says_why(fetch, path, code):
    assert code_of(fetch, path) == code


def test_redirects_are_followed(fetch, server):
    assert fetch("/to//photo.jpg")[0] == b"a photo"
    assert fetch(f"/to/{server.address}/photo.jpg")[0] == b"a photo"


def test_a_photo_of_the_largest_size_is_taken(fetch, server):
    server.photos["/most.jpg"] = bytes(MOST_PHOTO_BYTES)
    assert len(fetch("/most.jpg")[0]) == MOST_PHOTO_BYTES


def test_private_addresses_are_refused_wherever_they_come_from(server, tmp_path, monkeypatch):
    real = socket.getaddrinfo

    def rebound(host, *rest, **more):
        return real("127.0.0.1" if host == "inside.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    with Fetcher() as fetcher:
        for host in ("127.0.0.1", "localhost", "[::1]", "inside.example", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
            address = f"http://{host}:{server.server_port}/photo.jpg"
            with pytest.raises(FetchError) as caught:
                fetcher.fetch(address, tmp_path / "a").result(timeout=10)
            # A bare number is not asked for at all.
            assert caught.value.code == ("unreadable" if host == "2130706433" else "refused"), host
    assert not server.asked


def test_a_redirect_to_a_private_address_is_refused(server, tmp_path, monkeypatch):
    allowed = fetching.public_socket

    def as_if_public(info):
        return socket.socket(*info[:3]) if info[4][1] == server.server_port else allowed(info)

    monkeypatch.setattr(fetching, "public_socket", as_if_public)
    with Fetcher() as fetcher:
        assert fetcher.fetch(f"{server.address}/photo.jpg", tmp_path / "a").result(timeout=10).is_new
        for inside in ("http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/a.jpg", "http://localhost:1/a.jpg"):
            with pytest.raises(FetchError) as caught:
                fetcher.fetch(f"{server.address}/to/{inside}", tmp_path / "a").result(timeout=10)
            assert caught.value.code == "refused", inside


def test_no_more_than_so_many_connections_a_host(fetcher, server, tmp_path):
    server.delay = 0.02
    futures = [fetcher.fetch(f"{server.address}/photo.jpg?{n}", tmp_path / str(n)) for n in range(40)]
    for future in futures:
        assert future.exception(timeout=30).code == "not-found"
    assert 2 <= server.most_open <= 4


def test_a_dead_host_costs_bounded_time_and_others_go_on(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "_FIRST_REST", 0.01)
    with Fetcher(allow_private=True, connections=4, patience=Patience(connect=0.2, between=0.2, whole=0.2)) as fetcher:
        dead = [fetcher.fetch(f"{server.address}/slow/{n}", tmp_path / f"d{n}") for n in range(400)]
        assert all(future.exception(timeout=30).code == "unavailable" for future in dead)
        tried = sum(count for path, count in server.asked.items() if path.startswith("/slow"))
        assert tried <= 12
        with serving() as other:
            other.photos["/photo.jpg"] = b"a photo"
            assert fetcher.fetch(f"{other.address}/photo.jpg", tmp_path / "b").result(timeout=10).is_new


def test_a_host_is_tried_again_after_a_while(fetch, monkeypatch):
    monkeypatch.setattr(hosts, "_DOWN_SECONDS", 2)
    for n in range(2):
        assert code_of(fetch, f"/busy/500/99//{n}") == "unavailable"
    assert code_of(fetch, "/photo.jpg") == "unavailable"
    time.sleep(2.1)
    assert fetch("/photo.jpg")[0] == b"a photo"


def test_a_feed_is_fetched_into_a_file(fetcher, server, tmp_path):
    server.photos["/versioned/feed.csv"] = b"id,photo\n"
    address = f"{server.address}/versioned/feed.csv"
    fetched = fetcher.download(address, tmp_path / "feed")
    assert (tmp_path / "feed").read_bytes() == b"id,photo\n"
    assert not fetcher.download(address, tmp_path / "feed", fetched.mark).is_new
    with pytest.raises(SaekdongError, match=r"^http://\*\*\*@127.0.0.1:\d+/none.csv\?token=\*\*\*: there is nothing"):
        fetcher.download(f"{server.address.replace('//', '//me:secret@')}/none.csv?token=1", tmp_path / "feed")


def test_a_fetcher_that_is_closed_leaves_nothing_behind(server, tmp_path):
    with Fetcher(allow_private=True) as fetcher:
        slow = fetcher.fetch(f"{server.address}/slow", tmp_path / "a")
        time.sleep(0.2)
    assert slow.cancelled() or slow.exception()
    with Fetcher():
        pass


def test_many_threads_may_ask_at_once(fetcher, server, tmp_path, request):
    request.addfinalizer(partial(sys.setswitchinterval, sys.getswitchinterval()))
    sys.setswitchinterval(1e-6)  # threads change places within whatever is not safe
    together = threading.Barrier(8)

    def fetch(n):
        if n < together.parties:
            together.wait()
        return fetcher.fetch(f"{server.address}/photo.jpg", tmp_path / str(n)).result(timeout=30).mark.size

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(fetch, range(100))) == {7}
