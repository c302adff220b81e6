"""Places of photos: files, folders, patterns, lists, zip archives and addresses."""

import contextlib
import http.server
import os
import struct
import threading
import warnings
import zipfile

import pytest

from saekdong.errors import SaekdongError
from saekdong.fetch import fetcher
from saekdong.fetch.bounds import MOST_PHOTO_BYTES
from saekdong.photo.kinds import SUFFIXES
from saekdong.photo.reading import PhotoError
from saekdong.photo.sources import find_photos, photo_at


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder of small files, each holding its own name; the working folder."""
    names = ["b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "sub/c.webp", "sub/deep/d.heic", ".cache/e.jpg", "sub/f.csv"]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*places, listed=()):
    return [source.name for source in find_photos(places, listed)]


def code_of(source):
    with pytest.raises(PhotoError) as caught:
        source.read()
    assert "\n" not in str(caught.value).strip()
    return caught.value.code


def only(*places):
    (source,) = find_photos(places)
    return source


def test_a_file_is_one_photo_whatever_it_is_called(shop):
    assert names("b.jpg", "notes.txt", ".hidden.jpg") == ["b.jpg", "notes.txt", ".hidden.jpg"]
    assert only(str(shop / "b.jpg")).read() == b"b.jpg"


def test_a_folder_is_its_photos_and_those_of_the_folders_inside_in_order(shop):
    assert names(".") == ["a.PNG", "b.jpg", "sub/c.webp", "sub/deep/d.heic"]
    assert names(str(shop / "sub")) == [str(shop / "sub/c.webp"), str(shop / "sub/deep/d.heic")]
    assert [source.read() for source in find_photos(["sub"])] == [b"sub/c.webp", b"sub/deep/d.heic"]


def test_every_documented_kind_is_found_in_folders(tmp_path):
    for suffix in SUFFIXES:
        (tmp_path / f"photo{suffix.upper()}").touch()
    assert len(names(str(tmp_path))) == len(SUFFIXES)
    assert {".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".tif", ".tiff", ".bmp", ".heic"} <= set(SUFFIXES)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.jpg", ["b.jpg"]),
        ("**/*.webp", ["sub/c.webp"]),
        ("**/*.[wh]*", ["sub/c.webp", "sub/deep/d.heic"]),
        ("sub/?.*", ["sub/c.webp", "sub/f.csv"]),
        ("sub/**", ["sub/c.webp", "sub/deep/d.heic", "sub/f.csv"]),
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_pattern_is_the_files_it_matches_in_order(pattern, expected):
    assert names(pattern) == expected


@pytest.mark.usefixtures("shop")
def test_places_are_taken_one_after_the_other_and_may_repeat():
    assert names("sub", "b.jpg", "sub") == ["sub/c.webp", "sub/deep/d.heic", "b.jpg", "sub/c.webp", "sub/deep/d.heic"]


@pytest.mark.usefixtures("shop")
def test_a_dash_stands_for_the_list():
    listed = ["b.jpg\n", "\n", "  sub  \n", "*.PNG", "없는 것.jpg\r\n"]
    expected = ["b.jpg", "sub/c.webp", "sub/deep/d.heic", "a.PNG", "없는 것.jpg"]
    assert names("-", listed=listed) == expected
    assert names("a.PNG", "-", listed=["b.jpg"]) == ["a.PNG", "b.jpg"]
    assert names("-") == []
    assert names("-", listed=["-"]) == []


@pytest.mark.parametrize("name", ["봄 신상/남색 코트.jpg", "photo [1].jpg", "[1].jpg", "what?.jpg", "a*b.jpg", "-.jpg"])
def test_names_with_korean_letters_spaces_and_brackets(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("here")
    for source in (only(name), only("."), only(str(path))):
        assert source.read() == b"here"
        assert source.name.endswith(name)


def test_folders_whose_names_look_like_patterns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "[1]").mkdir()
    (tmp_path / "[1]" / "a.jpg").touch()
    assert names("[1]") == ["[1]/a.jpg"]


def test_a_pipe_or_a_device_is_no_photo(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    for place in (str(tmp_path / "pipe.jpg"), "/dev/zero"):
        with pytest.raises(PhotoError, match="not a regular file"):
            only(place).read()


def test_a_missing_file_is_a_source_whose_reading_fails(shop):
    source = only("none.jpg")
    assert source.name == "none.jpg"
    assert code_of(source) == "not-found"
    gone = only("b.jpg")
    (shop / "b.jpg").unlink()
    assert code_of(gone) == "not-found"
    assert code_of(only("notes.txt/photo.jpg")) in ("not-found", "unreadable")
    assert code_of(only("x" * 5000 + ".jpg")) == "unreadable"
    assert code_of(only("nul\0.jpg")) in ("not-found", "unreadable")


@pytest.mark.parametrize("place", ["empty", "texts", "*.none", "nothing.zip"])
def test_a_place_without_photos_is_named(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").touch()
    with zipfile.ZipFile("nothing.zip", "w") as archive:
        archive.writestr("a.txt", "")
    with pytest.raises(SaekdongError, match=place.replace("*", r"\*")) as caught:
        names(place)
    assert caught.value.fix


@pytest.fixture
def as_nobody(tmp_path, monkeypatch):
    """Work in an open folder as a user who may not read everything, even where the tests run as root."""
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    user = os.geteuid()
    if user:
        yield
        return
    try:
        os.seteuid(65534)
    except OSError:
        pytest.skip("root may read everything, and cannot become another user here")
    yield
    os.seteuid(user)


def test_a_file_that_may_not_be_read_is_unreadable(tmp_path, request):
    (tmp_path / "a.jpg").touch(mode=0o000)
    (tmp_path / "closed").mkdir(mode=0o000)
    request.getfixturevalue("as_nobody")
    assert code_of(only("a.jpg")) == "unreadable"
    assert code_of(only("closed/a.jpg")) == "unreadable"


def test_a_folder_that_may_not_be_read_is_told(tmp_path, request):
    (tmp_path / "closed").mkdir(mode=0o000)
    request.getfixturevalue("as_nobody")
    with pytest.raises(SaekdongError, match="closed cannot be read"):
        names(".")


def test_a_folder_that_links_to_itself_ends(shop):
    (shop / "sub" / "again").symlink_to(shop / "sub")
    (shop / "sub" / "dangling.jpg").symlink_to(shop / "none.jpg")
    found = list(find_photos(["sub"]))
    assert {"sub/c.webp", "sub/deep/d.heic", "sub/dangling.jpg"} <= {source.name for source in found}
    assert len(found) < 10
    assert code_of(next(source for source in found if source.name == "sub/dangling.jpg")) == "not-found"


def test_a_file_too_large_is_not_read_whole(tmp_path):
    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert code_of(only(str(path))) == "too-large"


def test_a_pipe_in_a_folder_does_not_hang_the_run(shop):
    os.mkfifo(shop / "sub" / "pipe.jpg")
    assert "sub/pipe.jpg" not in names("sub")


# --- zip archives ------------------------------------------------------------------------------------------------


def packed(path, *members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in members:
            archive.writestr(name, content)
    return str(path)


def test_a_zip_archive_is_its_photos_by_name(tmp_path):
    members = [("b.jpg", b"b"), ("sub/", b""), ("sub/a.PNG", b"a"), ("read me.txt", b""), ("남색.webp", b"k")]
    place = packed(tmp_path / "Shop.ZIP", *members)
    found = [(source.name, source.read()) for source in find_photos([place])]
    assert found == [(f"{place}/b.jpg", b"b"), (f"{place}/sub/a.PNG", b"a"), (f"{place}/남색.webp", b"k")]


def test_hidden_members_are_left_out(tmp_path):
    # macOS packs a hidden file of rubbish beside every photo.
    members = [("a.jpg", b"a"), ("__MACOSX/._a.jpg", b"x"), (".b.jpg", b"x"), (".cache/c.jpg", b"x"), ("./d.jpg", b"d")]
    place = packed(tmp_path / "shop.zip", *members)
    assert names(place) == [f"{place}/./d.jpg", f"{place}/a.jpg"]


def test_sources_of_an_archive_can_be_read_after_the_last_was_found(tmp_path):
    place = packed(tmp_path / "shop.zip", ("a.jpg", b"a"), ("b.jpg", b"b"))
    assert [source.read() for source in list(find_photos([place]))] == [b"a", b"b"]


def test_nothing_of_an_archive_is_unpacked_to_disk(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    packed("shop.zip", ("../../escaped.jpg", b"x"), ("/absolute.jpg", b"y"), ("..\\back.jpg", b"z"))
    assert sorted(source.read() for source in find_photos(["shop.zip"])) == [b"x", b"y", b"z"]
    assert [path.name for path in tmp_path.rglob("*")] == ["work", "shop.zip"]


def test_members_that_cannot_be_unpacked_fail_alone(tmp_path):
    path = tmp_path / "shop.zip"
    packed(path, ("a.jpg", b"first" * 50), ("b.jpg", b"second" * 50), compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"firstfirst", b"FIRSTfirst", 1))
    broken, good = find_photos([str(path)])
    assert code_of(broken) == "unreadable"
    assert good.read() == b"second" * 50


def with_field(path, offset, value):
    """Change a two-byte field of the first member, in its own header and in the archive's directory."""
    content = bytearray(path.read_bytes())
    for signature, extra in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        struct.pack_into("<H", content, content.index(signature) + offset + extra, value)
    path.write_bytes(content)


@pytest.mark.parametrize(("offset", "value"), [(6, 1), (8, 99), (8, 12), (8, 14), (8, 8)], ids=str)
def test_encrypted_and_strangely_packed_members_are_unreadable(tmp_path, offset, value):
    path = tmp_path / "shop.zip"
    packed(path, ("a.jpg", b"plainly stored" * 9), compression=zipfile.ZIP_STORED)
    with_field(path, offset, value)
    assert code_of(only(str(path))) == "unreadable"


def test_a_bomb_in_an_archive_is_not_unpacked_whole(tmp_path):
    place = packed(
        tmp_path / "shop.zip", ("bomb.jpg", bytes(MOST_PHOTO_BYTES + 1)), ("most.jpg", bytes(MOST_PHOTO_BYTES))
    )
    bomb, most = find_photos([place])
    assert code_of(bomb) == "too-large"
    assert len(most.read()) == MOST_PHOTO_BYTES


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" + bytes(50), b"PK\x05\x06" + b"\xff" * 18])
def test_an_archive_that_is_none_is_refused(tmp_path, content):
    path = tmp_path / "shop.zip"
    path.write_bytes(content)
    with pytest.raises(SaekdongError, match=r"shop\.zip"):
        names(str(path))


# --- addresses ---------------------------------------------------------------------------------------------------


class Shop(http.server.BaseHTTPRequestHandler):
    """A web shop with troubles."""

    def do_GET(self):
        kind = self.path.split("?")[0]
        if kind == "/photo.jpg":
            self.answer(200, b"a photo")
        elif kind == "/large.jpg":
            self.answer(200, bytes(MOST_PHOTO_BYTES + 10))
        elif kind == "/endless.jpg":
            self.answer(200, bytes(1 << 20), length=1 << 40, times=100)
        elif kind == "/cut.jpg":
            self.answer(200, b"half a photo", length=5000)
        elif kind == "/closed.jpg":
            self.answer(403, b"no")
        elif kind == "/broken.jpg":
            self.answer(500, b"oh")
        elif kind == "/moved.jpg" or kind.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", kind.removeprefix("/to/") if kind.startswith("/to/") else "/photo.jpg")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.answer(404, b"nothing")

    do_HEAD = do_GET  # noqa: N815

    def answer(self, status, content, length=None, times=1):
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(content)))
        self.end_headers()
        if self.command == "GET":
            with contextlib.suppress(OSError):
                for _ in range(times):
                    self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    with served() as address:
        yield address


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(fetcher, "_FIRST_REST", 0.01)


@contextlib.contextmanager
def served():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("path", ["/photo.jpg", "/photo.jpg?size=[2]*", "/moved.jpg"])
def test_a_photo_at_an_address(address, path):
    source = only(address + path)
    assert source.name == address + path
    assert source.read() == b"a photo"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/none.jpg", "not-found"),
        ("/large.jpg", "too-large"),
        ("/endless.jpg", "too-large"),
        ("/cut.jpg", "unavailable"),
        ("/closed.jpg", "unreadable"),
        ("/broken.jpg", "unavailable"),
    ],
)
def test_an_address_that_fails_says_why(address, path, code):
    assert code_of(only(address + path)) == code


@pytest.mark.parametrize(
    ("place", "code"), [("http://127.0.0.1:1/photo.jpg", "unavailable"), ("http://", "unreadable")]
)
def test_an_address_that_nobody_answers(place, code):
    assert code_of(only(place)) == code


def test_addresses_stand_in_lists_too(address):
    listed = [f"{address}/photo.jpg\n", f"{address}/none.jpg\n"]
    found, missing = find_photos(["-"], listed, allow_private=True)
    assert found.read() == b"a photo"
    assert code_of(missing) == "not-found"


def test_loopback_is_fetched_from_only_if_the_user_named_it(address, tmp_path):
    # Another port, which the tests above have not used.
    with served() as other:
        assert code_of(next(find_photos(["-"], [f"{other}/photo.jpg"]))) == "refused"
        assert code_of(photo_at(f"{other}/photo.jpg", tmp_path)) == "refused"
        assert photo_at(f"{other}/photo.jpg", tmp_path, allow_private=True).read() == b"a photo"
        assert code_of(only(f"{address}/to/{other}/photo.jpg")) == "refused"
        assert only(f"HTTP{other.removeprefix('http')}/photo.jpg").read() == b"a photo"


def test_an_address_is_called_without_its_secrets(address):
    source = only(f"{address.replace('//', '//me:secret@')}/photo.jpg?w=8&X-Amz-Signature=abc")
    assert source.name == f"{address.replace('//', '//***@')}/photo.jpg?w=8&X-Amz-Signature=***"
    assert source.read() == b"a photo"
