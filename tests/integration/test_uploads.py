"""Uploads: what a feed or an archive of photos would change, and what no upload may do."""

import io
import stat
import zipfile

import pytest

from saekdong.catalog.products import Product
from saekdong.samples.drawings import draw, jpeg, plain
from saekdong.web.desk import uploads as module
from saekdong.web.desk.uploads import UploadError, Uploads

HEAD = "id,title,image_link\n"
PHOTO = jpeg(draw(plain((200, 30, 40)), "mug"))


@pytest.fixture
def store(tmp_path, open_store):
    with open_store(tmp_path) as store:
        yield store


@pytest.fixture
def uploads(tmp_path, store):
    return Uploads(tmp_path / "uploads", store)


def feed(text, name="spring.csv"):
    return [(name, io.BytesIO(text.encode()))]


def archive(entries, name="photos.zip", how=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as packed:
        for entry, content in entries:
            packed.writestr(entry, content)
    file.seek(0)
    return [(name, file)]


def test_a_feed_is_compared_with_the_catalog_before_it_is_added(uploads, store):
    name = str(uploads.root / "spring.csv")
    old = Product("a", "Cup", photos=("https://shop.kr/a.jpg",))
    store.put([(old, []), (Product("b", "Mug"), []), (Product("gone"), [])], run := store.begin(name))
    store.finish(run)
    text = (
        f"{HEAD}a,Cup,https://shop.kr/a.jpg\nb,Big mug,https://shop.kr/b.jpg\nc,Jug,https://shop.kr/c.jpg\nc,Twice,x\n"
    )
    preview = uploads.preview(uploads.keep(feed(text)))
    assert (preview.new, preview.changed, preview.unchanged, preview.gone, preview.refused) == (1, 1, 1, 1, 1)
    assert preview.problems[0][:3] == [5, "c", "id"]
    assert preview.examples == [["changed", "Big mug"], ["new", "Jug"]]
    assert preview.can_be_added
    assert store.get("b").product.title == "Mug"


def test_a_confirmed_feed_stands_at_its_place_and_waits_no_longer(uploads):
    upload = uploads.keep(feed(f"{HEAD}a,Cup,https://shop.kr/a.jpg\n"))
    target = uploads.confirm(upload, uploads.preview(upload))
    assert target == uploads.root / "spring.csv"
    assert target.read_text(encoding="utf-8").startswith(HEAD)
    assert uploads.preview(upload) is None


def test_products_of_another_feed_are_not_taken_from_it(uploads, store):
    store.put([(Product("a", "Cup"), [])], run := store.begin("/feeds/winter.csv"))
    store.finish(run)
    text = f"{HEAD}a,Cup,https://shop.kr/a.jpg\n"
    preview = uploads.preview(uploads.keep(feed(text)))
    assert (preview.owned, preview.can_be_added) == (1, False)
    replacing = uploads.preview(uploads.keep(feed(text), "/feeds/winter.csv"))
    assert (replacing.owned, replacing.can_be_added, replacing.changed) == (0, True, 1)


@pytest.mark.parametrize("photo", ["/etc/secret.jpg", "../../secret.jpg", "file:///etc/secret.jpg"])
def test_an_uploaded_feed_names_no_other_files_of_the_machine(uploads, photo):
    preview = uploads.preview(uploads.keep(feed(f"{HEAD}a,Cup,{photo}\n")))
    assert not preview.can_be_added or preview.refused


def test_an_uploaded_feed_may_name_uploaded_photos(uploads):
    assert uploads.preview(uploads.keep(feed(f"{HEAD}a,Cup,photos/a.jpg\n"))).can_be_added


def test_no_path_leads_out_of_an_archive(uploads, tmp_path):
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    names = ["../../out.jpg", "/abs.jpg", "..\\win.jpg", "cups/a.jpg", ".hidden.jpg", "a/../../b.jpg"]
    upload = uploads.keep(archive([(name, PHOTO) for name in names] + [(link, "/etc/passwd"), ("note.txt", "x")]))
    target = uploads.confirm(upload, preview := uploads.preview(upload))
    found = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert found == {"out.jpg", "abs.jpg", "win.jpg", "cups/a.jpg", "a/b.jpg"}
    assert (preview.new, preview.refused) == (5, 1)
    assert {path.name for path in tmp_path.iterdir()} <= {"uploads", *(each.name for each in tmp_path.glob("catalog*"))}


def test_what_an_archive_unpacks_to_is_bounded(uploads, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILE", 1 << 20)
    with pytest.raises(UploadError) as error:
        uploads.keep(archive([("bomb.jpg", bytes(4 << 20))]))
    assert error.value.reason == "too-large"
    monkeypatch.setattr(module, "MOST_UNPACKED", 3 << 20)
    with pytest.raises(UploadError):
        uploads.keep(archive([(f"{n}.jpg", bytes(1 << 20)) for n in range(4)]))
    monkeypatch.setattr(module, "MOST_FILES", 3)
    with pytest.raises(UploadError) as error:
        uploads.keep(archive([(f"{n}.jpg", b"x") for n in range(4)]))
    assert error.value.reason == "too-many"
    assert list((uploads.root / "pending").iterdir()) == []


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([], "nothing"),
        ([("note.pdf", io.BytesIO(b"x"))], "nothing"),
        ([("a.zip", io.BytesIO(b"PK\x03\x04 no archive"))], "not-a-zip"),
        ([("a.csv", io.BytesIO(b"x")), ("b.jpg", io.BytesIO(b"x"))], "mixed"),
        ([("a.csv", io.BytesIO(b"colour,size\nred,3\n"))], "feed"),
        ([("a.xml", io.BytesIO(b"<rss><channel>"))], "feed"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(uploads, files, reason):
    with pytest.raises(UploadError) as error:
        uploads.keep(files)
    assert error.value.reason == reason


@pytest.mark.parametrize("upload", ["", "..", "../../etc", "0" * 15, "0" * 16, "Z" * 16])
def test_an_upload_is_named_by_its_id_alone(uploads, upload):
    assert uploads.preview(upload) is None
    uploads.drop(upload)
