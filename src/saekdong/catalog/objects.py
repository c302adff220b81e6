"""Objects on S3, fetched into files."""

from pathlib import Path

from saekdong.catalog.downloads import CHUNK, Fetched, too_large
from saekdong.catalog.products import Mark
from saekdong.photo import PhotoError
from saekdong.photo.sources import open_address


def fetch_object(address: str, path: Path, mark: Mark, most: int) -> Fetched:
    """Fetch an object into a file, unless it is as `mark` knows it.

    Raises:
        PhotoError: it cannot be had, is no object, or has more than `most` bytes.
    """
    new = _mark(address)
    if new.etag and mark._replace(digest="", mtime_ns=0) == new:
        return Fetched(False, mark)
    if new.size > most:
        raise too_large(most)
    with open_address(address) as source, path.open("wb") as file:
        while piece := source.read(CHUNK):
            file.write(piece)
            if file.tell() > most:
                raise too_large(most)
    return Fetched(True, new)


def _mark(address: str) -> Mark:
    """Ask S3 by what an object is known again; nothing where it cannot say."""
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(address)
        info = system.info(path)
    except Exception:
        # Reading the object says what is wrong.
        return Mark()
    if info.get("type") == "directory":
        raise PhotoError("not-found", "this is a folder on S3, no object", fix="give the address of an object in it")
    return Mark(str(info.get("ETag", "")), str(info.get("LastModified", "")), int(info.get("size") or 0))
