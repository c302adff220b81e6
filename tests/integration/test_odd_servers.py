"""Photos from servers that break HTTP, on purpose or not: each costs its photo, within its bounds, and nothing else."""

import gzip
import socket
import ssl
import subprocess
import threading
from contextlib import ExitStack, suppress

import pytest

from odd_servers import answering, drip, once, without_end
from photo_server import serving
from saekdong.fetch import FetchError, addresses
from saekdong.fetch import fetcher as fetching
from saekdong.fetch.bounds import MOST_PHOTO_BYTES, Patience
from saekdong.fetch.fetcher import Fetcher

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\n"


def sized(head: bytes, body: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def moved(place: bytes) -> bytes:
    return b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " + place + b"\r\n\r\n"


BOMB = gzip.compress(bytes(MOST_PHOTO_BYTES + 1), 1)
FULL = "too-large or unavailable"  # whichever bound is met first, of size or of time
ENDLESS = {
    "headers without end": (without_end(OK, b"X-Filling: " + b"x" * 1_000 + b"\r\n"), "unavailable"),
    "a header without end": (without_end(OK + b"X-Filling: ", b"x" * 65_536), "unavailable"),
    "a status line without end": (without_end(b"HTTP/1.1 200 ", b"x" * 65_536), "unavailable"),
    "early answers without end": (without_end(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1_000), "unavailable"),
    "chunks without end": (without_end(CHUNKED, b"10000\r\n" + b"x" * 65_536 + b"\r\n"), FULL),
    "chunks of one byte without end": (without_end(CHUNKED, b"1\r\nx\r\n" * 1_000), "unavailable"),
    "a chunk's extension without end": (without_end(CHUNKED + b"1;", b"x" * 65_536), "unavailable"),
    "trailers without end": (without_end(CHUNKED + b"0\r\n", b"X-Filling: x\r\n" * 1_000), "unavailable"),
    "a Content-Length of a terabyte": (without_end(OK + b"Content-Length: 1099511627776\r\n\r\n", b"x"), "too-large"),
    "gzip without end": (without_end(GZIP + b"\r\n", gzip.compress(bytes(1 << 20))), FULL),
    "silence": (drip(b"", b"", 0.05), "unavailable"),
    "headers by the byte": (drip(OK, b"X", 0.1), "unavailable"),
    "a photo by the byte": (drip(OK + b"Content-Length: 100000\r\n\r\n", b"x", 0.1), "unavailable"),
}
ODD = {
    "a chunk of an impossible size": (once(CHUNKED + b"fffffffffffffffffff\r\nx\r\n"), "unavailable"),
    "less than its Content-Length": (once(OK + b"Content-Length: 100\r\n\r\nhalf"), "unavailable"),
    "a Content-Length that is none": (once(OK + b"Content-Length: -5\r\n\r\nphoto"), "unavailable"),
    "two Content-Lengths": (once(OK + b"Content-Length: 5\r\nContent-Length: 2\r\n\r\nphoto"), "unavailable"),
    "a gzip bomb": (once(sized(GZIP, BOMB)), "too-large"),
    "gzip that is none": (once(sized(GZIP, b"no gzip at all")), "unreadable"),
    "gzip that is cut": (once(sized(GZIP, gzip.compress(b"photo" * 1_000)[:-9])), "unavailable"),
    "brotli": (once(sized(OK + b"Content-Encoding: br\r\n", b"photo")), "unreadable"),
    "no HTTP": (once(b"220 mail.example ESMTP\r\n"), "unavailable"),
    "nothing": (once(b""), "unavailable"),
    "a redirect to a file": (once(moved(b"file:///etc/passwd")), "unreadable"),
    "a redirect to ftp": (once(moved(b"ftp://127.0.0.1/a.jpg")), "unreadable"),
    "a redirect to data": (once(moved(b"data:image/gif;base64,R0lGODlhAQABAAAAACw=")), "unreadable"),
    "a redirect to itself": (once(moved(b"/again")), "unreadable"),
    "a redirect to nowhere": (once(moved(b"")), "unreadable"),
    "a redirect that is none": (once(moved(b"http://[::1/\xff")), "unreadable"),
    "a redirect with another header": (once(moved(b"/a\rX-Injected: 1")), "unavailable"),
}


@pytest.fixture
def fetcher(monkeypatch):
    monkeypatch.setattr(fetching, "_FIRST_REST", 0.01)
    with Fetcher(allow_private=True) as fetcher:
        yield fetcher


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(fetching, "_FIRST_REST", 0.01)
    patience = Patience(connect=0.5, between=0.5, whole=1.5, rate=1_000, window=0.5)
    with Fetcher(allow_private=True, patience=patience) as fetcher:
        yield fetcher


def ask(fetcher, odd, folder):
    """Ask odd servers all at once, then a good one; return those that gave another error than they should."""
    with ExitStack() as stack:
        asked = {}
        for number, (name, (answer, _)) in enumerate(odd.items()):
            address = stack.enter_context(answering(answer))
            asked[name] = fetcher.fetch(f"{address}/photo.jpg", folder / str(number))
        codes = {name: future.exception(timeout=120).code for name, future in asked.items()}
    with serving() as good:
        good.photos["/photo.jpg"] = b"a photo"
        assert fetcher.read(f"{good.address}/photo.jpg") == b"a photo"
    assert all(path.stat().st_size <= MOST_PHOTO_BYTES + (1 << 18) for path in folder.iterdir())
    return {name: code for name, code in codes.items() if code not in odd[name][1].split()}


def test_every_odd_answer_costs_its_photo_and_no_more(fetcher, tmp_path):
    assert ask(fetcher, ODD, tmp_path) == {}


def test_every_answer_without_end_costs_its_photo_and_no_more(hasty, tmp_path):
    assert ask(hasty, ENDLESS, tmp_path) == {}


def test_a_packed_photo_is_unpacked(fetcher):
    packed = gzip.compress(b"a photo") + gzip.compress(b", and more")
    with answering(once(sized(GZIP, packed))) as address:
        assert fetcher.read(f"{address}/photo.jpg") == b"a photo, and more"


def test_a_header_cannot_be_put_into_the_next_request(fetcher):
    with serving() as server:
        place = b"%b/next%%0d%%0aX-Injected:%%201" % server.address.encode()
        with answering(once(moved(place))) as odd, pytest.raises(FetchError, match="404"):
            fetcher.read(f"{odd}/photo.jpg")
        assert not any("X-Injected" in headers for headers in server.headers_of.values())
        assert list(server.asked) == ["/next%0D%0AX-Injected:%201"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of an unknown issuer."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run(
        [*command, "-keyout", path, "-out", path, "-days", "1", "-subj", "/CN=localhost"],
        check=True,
        capture_output=True,
    )
    return path


def test_a_certificate_that_nobody_knows_is_refused_at_once(fetcher, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    count = []

    def greet(listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            count.append(1)
            with connection, suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet, args=(listener,))
        thread.start()
        with pytest.raises(FetchError, match="no secure connection") as caught:
            fetcher.read(f"https://127.0.0.1:{listener.getsockname()[1]}/photo.jpg")
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert (caught.value.code, len(count)) == ("unreadable", 1)


def test_http_where_tls_is_due_costs_its_photo(fetcher):
    with answering(once(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as address, pytest.raises(FetchError) as caught:
        fetcher.read(f"https{address.removeprefix('http')}/photo.jpg")
    assert caught.value.code == "unreadable"


# --- private addresses -------------------------------------------------------------------------------------------


SPELLINGS = """
127.0.0.1 127.1 127.0.1 0177.0.0.1 0x7f.0.0.1 0x7f000001 2130706433 017700000001 0 0.0.0.0 127.0.0.1. 127.255.255.254
localhost LOCALHOST localhost. localhost.localdomain [::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1]
[::127.0.0.1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [fe80::1%25lo] [fec0::1]
10.0.0.1 172.16.0.1 192.168.0.1 100.64.0.1 169.254.169.254 [::ffff:169.254.169.254] [fd00:ec2::254] 100.100.100.200
224.0.0.1 255.255.255.255 [ff02::1] ①②⑦.⓪.⓪.① １２７.0.0.1 127。0。0。1 %31%32%37.0.0.1 ⓛⓞⓒⓐⓛⓗⓞⓢⓣ
shop.example@127.0.0.1 shop.example:80@127.0.0.1 127.0.0.1\\@shop.example 127.0.0.1#@shop.example""".split()  # noqa: SIM905


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_no_spelling_of_a_private_address_is_asked(scheme, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "_FIRST_REST", 0.01)
    real = socket.getaddrinfo

    def look_up(host, *rest, **more):
        assert not host.endswith("shop.example"), "the trick was not seen through"
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with serving() as server, Fetcher(patience=Patience(connect=1)) as fetcher:
        place = f":{server.server_port}/photo.jpg"
        asked = {host: f"{scheme}://{host if '#' in host or '%40' in host else host + place}" for host in SPELLINGS}
        codes = {host: fetcher.fetch(address, tmp_path / "a").exception(timeout=30) for host, address in asked.items()}
        assert not server.asked
    # Some are not names of hosts at all, or unknown ones.
    assert {error.code for error in codes.values()} <= {"refused", "unreadable", "unavailable"}
    assert sum(error.code == "refused" for error in codes.values()) >= 30


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1%25lo]", "224.0.0.1", "[fd00:ec2::254]", "100.100.100.200"]
)
def test_metadata_and_link_local_addresses_are_never_asked(host):
    with Fetcher(allow_private=True) as fetcher:
        fetcher.trust(f"http://{host}/")
        with pytest.raises(FetchError, match="metadata") as caught:
            fetcher.read(f"http://{host}/latest/meta-data/")
    assert caught.value.code == "refused"


def test_a_named_loopback_address_is_asked_but_not_what_it_leads_to():
    with serving() as named, serving() as other, Fetcher() as fetcher:
        for server in (named, other):
            server.photos["/photo.jpg"] = b"a photo"
        fetcher.trust(f"{named.address}/feed.csv")
        assert fetcher.read(f"{named.address}/photo.jpg") == b"a photo"
        assert fetcher.read(f"{named.address}/to//photo.jpg") == b"a photo"
        for address in (f"{other.address}/photo.jpg", f"{named.address}/to/{other.address}/photo.jpg"):
            with pytest.raises(FetchError, match="private"):
                fetcher.read(address)
        assert not other.asked


def test_a_redirect_back_to_a_named_address_is_refused(monkeypatch):
    with serving() as named, serving() as outside, Fetcher() as fetcher:
        named.photos["/photo.jpg"] = b"a photo"
        outside_port = outside.server_port
        real = addresses.public_socket
        monkeypatch.setattr(
            fetching,
            "public_socket",
            lambda info: socket.socket(*info[:3]) if info[4][1] == outside_port else real(info),
        )
        fetcher.trust(named.address)
        with pytest.raises(FetchError, match="private"):
            fetcher.read(f"{outside.address}/to/{named.address}/photo.jpg")


def test_a_named_password_goes_to_its_host_alone():
    with serving() as server, serving() as other, Fetcher(allow_private=True) as fetcher:
        for each in (server, other):
            each.photos["/photo.jpg"] = b"a photo"
        fetcher.trust(f"{server.address.replace('//', '//me:secret@')}/feed.csv")
        fetcher.read(f"{server.address}/photo.jpg")
        fetcher.read(f"{server.address}/to/{other.address}/photo.jpg")
        assert server.headers_of["/photo.jpg"]["Authorization"] == "Basic bWU6c2VjcmV0"
        assert "Authorization" not in other.headers_of["/photo.jpg"]
