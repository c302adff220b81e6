"""What people upload: a feed or photos, kept aside with a preview of what would change until they confirm."""

import json
import re
import secrets
import shutil
import stat
import time
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Any

from saekdong.catalog.contract import Store
from saekdong.catalog.feeds import Entry, Feed, FeedError, open_feed, with_prefix
from saekdong.catalog.products import Product, feed_name
from saekdong.errors import SaekdongError
from saekdong.fetch.urls import is_address
from saekdong.files import cannot_write, is_below, write_whole
from saekdong.photo.kinds import SUFFIXES

FEED_SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xml")
ACCEPTED = ",".join((*FEED_SUFFIXES, ".zip", *SUFFIXES))
"""What the form's file field takes."""

MOST_FILES = 2000
MOST_UNPACKED = 400 << 20
MOST_FILE = 40 << 20
_PENDING_SECONDS = 24 * 3600
_AT_ONCE = 500
_MOST_SHOWN = 30
_PIECE = 1 << 20
_ID = re.compile(r"[0-9a-f]{16}")
_UNSAFE = re.compile(r"[^\w .()+-]+")


class UploadError(SaekdongError):
    """An upload cannot be used.

    Attributes:
        reason: why, as a code: `nothing`, `mixed`, `not-a-zip`, `encrypted`, `too-many`, `too-large` or `feed`.
    """

    def __init__(self, reason: str, problem: str) -> None:
        self.reason = reason
        super().__init__(problem)


@dataclass
class Preview:
    """What an upload would change.

    Attributes:
        kind: `feed` or `photos`.
        place: the file or folder that it becomes, below the folder of uploads.
        feed: the feed's name in the catalog.
        new, changed, unchanged, gone: products.
        owned: products that belong to other feeds; then nothing can be added.
        outside: photos that are files of this machine outside of the uploads; then nothing can be added.
        refused: how many rows or files cannot be used.
        problems: the first of them: line, product or file, field, reason.
        examples: titles of some products that are new or changed.
    """

    kind: str
    place: str
    feed: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    owned: int = 0
    outside: int = 0
    refused: int = 0
    problems: list[tuple[int, str, str, str]] = field(default_factory=list)
    examples: list[tuple[str, str]] = field(default_factory=list)

    @property
    def can_be_added(self) -> bool:
        """Whether it may be confirmed."""
        return not self.owned and not self.outside and bool(self.new or self.changed or self.unchanged)

    def refuse(self, line: int, what: str, name: str, reason: str) -> None:
        """Count what cannot be used, and keep the first ones."""
        self.refused += 1
        if len(self.problems) < _MOST_SHOWN:
            self.problems.append((line, what, name, reason))


@dataclass(frozen=True)
class Uploads:
    """The uploads of a workspace: `uploads/NAME.csv` and `uploads/photos/`; those not confirmed in `uploads/pending/`.

    Attributes:
        root: the folder; it need not exist.
        store: the catalog that they would change.
    """

    root: Path
    store: Store

    def keep(self, files: Iterable[tuple[str, IO[bytes]]], feed: str = "") -> str:
        """Keep uploaded files aside; return the upload's id.

        Args:
            files: names and contents: one feed, or photos and archives of photos.
            feed: the feed of the catalog that an uploaded feed replaces; empty for one of its own name.

        Raises:
            UploadError: they cannot be used.
        """
        given = [(name, content) for name, content in files if name]
        if not given:
            raise UploadError("nothing", "no file was sent")
        is_feed = [_suffix(name) in FEED_SUFFIXES for name, _ in given]
        if any(is_feed) and len(given) > 1:
            raise UploadError("mixed", "a feed and other files were sent together")
        self._remove_old()
        upload = secrets.token_hex(8)
        folder = self._pending(upload)
        try:
            folder.mkdir(parents=True)
            preview = self._keep_feed(folder, *given[0], feed) if is_feed[0] else self._keep_photos(folder, given)
            write_whole(folder / "preview.json", json.dumps(asdict(preview), ensure_ascii=False))
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise cannot_write(folder, error) from error
        except SaekdongError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return upload

    def preview(self, upload: str) -> Preview | None:
        """Return what an upload would change; None if there is none that waits."""
        if not _ID.fullmatch(upload):
            return None
        try:
            content = json.loads((self._pending(upload) / "preview.json").read_bytes())
        except (OSError, ValueError):
            return None
        return Preview(**content)

    def confirm(self, upload: str, preview: Preview) -> Path:
        """Move an upload to its place, and return it; what stood there is replaced."""
        folder, target = self._pending(upload), self.root / preview.place
        if preview.kind == "feed":
            (folder / "feed").replace(target)
        else:
            for path in sorted((folder / "photos").rglob("*")):
                if path.is_file():
                    place = target / path.relative_to(folder / "photos")
                    place.parent.mkdir(parents=True, exist_ok=True)
                    path.replace(place)
        shutil.rmtree(folder, ignore_errors=True)
        return target

    def drop(self, upload: str) -> None:
        """Remove an upload that waits."""
        if _ID.fullmatch(upload):
            shutil.rmtree(self._pending(upload), ignore_errors=True)

    def _pending(self, upload: str) -> Path:
        return self.root / "pending" / upload

    def _remove_old(self) -> None:
        with suppress(FileNotFoundError):
            for folder in (self.root / "pending").iterdir():
                if time.time() - folder.stat().st_mtime > _PENDING_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)

    def _keep_feed(self, folder: Path, name: str, content: IO[bytes], feed: str) -> Preview:
        copy, place = folder / "feed", _safe(PurePosixPath(name.replace("\\", "/")).name)
        with copy.open("wb") as file:
            _copy(content, file, MOST_FILE)
        target = self.root / place
        preview = Preview("feed", place, feed or feed_name(str(target)))
        options = self.store.feed_options(preview.feed)
        try:
            with open_feed(str(target), options.mapping, copy) as opened:
                items = with_prefix(opened.items, options.id_prefix)
                self._compare(replace(opened, items=items), preview)
        except FeedError as error:
            raise UploadError("feed", str(error).replace(f"{self.root}/", "")) from error
        return preview

    def _keep_photos(self, folder: Path, given: Iterable[tuple[str, IO[bytes]]]) -> Preview:
        preview = Preview("photos", "photos", feed_name(str(self.root / "photos")))
        photos = folder / "photos"
        photos.mkdir()
        _Unpacking(photos, preview).take(given)
        target = self.root / "photos"
        ids = (path.relative_to(photos).as_posix() for path in sorted(photos.rglob("*")) if path.is_file())
        while chunk := list(islice(ids, _AT_ONCE)):
            known = self.store.known(chunk)
            preview.owned += len(self.store.owners(chunk, preview.feed))
            for each in chunk:
                is_new = each not in known or known[each].gone
                preview.new += is_new
                preview.changed += not is_new
                if len(preview.examples) < _MOST_SHOWN:
                    preview.examples.append(("new" if is_new else "changed", each))
        if not (preview.new or preview.changed):
            raise UploadError("nothing", f"none of the files is a photo of a kind that is read under {target.name}")
        return preview

    def _compare(self, feed: Feed, preview: Preview) -> None:
        """Count what a feed would change, by its fields; whether photos changed is known once they are fetched."""
        seen = 0
        entries = _entries(feed, preview)
        while chunk := list(islice(entries, _AT_ONCE)):
            ids = [product.id for product in chunk]
            known, owners = self.store.known(ids), self.store.owners(ids, preview.feed)
            preview.owned += len(owners)
            for product in chunk:
                stored = known.get(product.id)
                how = _how(product, stored.digest if stored and not stored.gone else None)
                seen += how != "new" and product.id not in owners
                setattr(preview, how, getattr(preview, how) + 1)
                if how != "unchanged" and len(preview.examples) < _MOST_SHOWN:
                    preview.examples.append((how, product.title or product.id))
                preview.outside += sum(not self._may_be_read(photo) for photo in product.photos)
        preview.gone = max(0, self.store.feed_counts().get(preview.feed, 0) - seen)

    def _may_be_read(self, photo: str) -> bool:
        """Return whether an uploaded feed may name a photo: an address, or a file among the uploads."""
        return is_address(photo) or is_below(photo, str(self.root))


def _entries(feed: Feed, preview: Preview) -> Iterator[Product]:
    for item in feed.items:
        if isinstance(item, Entry):
            yield item.product
        else:
            preview.refuse(item.line, item.product, item.field, item.reason)


def _how(product: Product, digest: str | None) -> str:
    return "new" if digest is None else "unchanged" if digest == product.digest() else "changed"


class _Unpacking:
    """Writes photos and the photos in archives into a folder, within bounds; no name leads out of the folder.

    Args:
        folder: the folder.
        preview: counts what is refused.
    """

    def __init__(self, folder: Path, preview: Preview) -> None:
        self._folder, self._preview = folder, preview
        self._files, self._bytes = 0, 0

    def take(self, given: Iterable[tuple[str, IO[bytes]]]) -> None:
        """Write what is given.

        Raises:
            UploadError: an archive cannot be read, or the bounds are exceeded.
        """
        for name, content in given:
            if _suffix(name) == ".zip":
                self._unpack(content)
            else:
                self._write(name, content)

    def _unpack(self, content: IO[bytes]) -> None:
        try:
            with zipfile.ZipFile(content) as archive:
                for entry in archive.infolist():
                    if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16):
                        continue
                    if entry.flag_bits & 1:
                        raise UploadError("encrypted", "the archive is encrypted")
                    with archive.open(entry) as packed:
                        self._write(entry.filename, packed)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError) as error:
            raise UploadError("not-a-zip", f"the archive cannot be read: {error}") from error

    def _write(self, name: str, content: IO[bytes]) -> None:
        parts = [_safe(part) for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
        if not parts or parts[-1].startswith(".") or parts[0] == "__MACOSX":
            return
        if not parts[-1].lower().endswith(SUFFIXES):
            self._preview.refuse(0, "/".join(parts), "photos", "not-a-photo")
            return
        self._files += 1
        if self._files > MOST_FILES:
            raise UploadError("too-many", f"there are more than {MOST_FILES} photos")
        path = self._folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            self._bytes += _copy(content, file, min(MOST_FILE, MOST_UNPACKED - self._bytes))


def _copy(content: IO[bytes], file: IO[bytes], most: int) -> int:
    """Copy a content that may claim any size; return its size.

    Raises:
        UploadError: it is larger than `most`.
    """
    size = 0
    while piece := content.read(_PIECE):
        size += len(piece)
        if size > most:
            raise UploadError("too-large", "a file, or all of them together, is too large")
        file.write(piece)
    return size


def _safe(part: str) -> str:
    """Return a name of letters that file systems, feeds and addresses agree on.

    Example:
        >>> _safe("빨간 컵 (1).jpg"), _safe("a/b?.png"), _safe("..")
        ('빨간 컵 (1).jpg', 'a_b_.png', '_')
    """
    cleaned = _UNSAFE.sub("_", unicodedata.normalize("NFC", part)).strip()[-120:].strip()
    return cleaned if cleaned.strip(".") else "_"


def _suffix(name: str) -> str:
    return PurePosixPath(name.lower()).suffix


def preview_counts(preview: Preview) -> Mapping[str, Any]:
    """Return a preview's counts, in the order in which a page shows them."""
    return {name: getattr(preview, name) for name in ("new", "changed", "unchanged", "gone", "refused")}
