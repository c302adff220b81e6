"""Download S3 objects into files or memory."""

from pathlib import Path

from saekdong.fetch.downloads import CHUNK, Fetched, too_large
from saekdong.fetch.marks import Mark
from saekdong.fetch.s3 import UnchangedError, open_object
from saekdong.files import named_writer


def fetch_object(address: str, path: Path, mark: Mark, most: int) -> Fetched:
    """Download an object into a file, unless it still matches `mark`.

    Raises:
        FetchError: it cannot be read, is not an object, or has more than `most` bytes.
        SaekdongError: the file cannot be written.
    """
    try:
        with open_object(address, mark.etag) as found:
            if found.size > most:
                raise too_large(most)
            with named_writer(path) as file:
                while piece := found.body.read(CHUNK):
                    file.write(piece)
            return Fetched(True, Mark(found.etag, found.modified, found.size))
    except UnchangedError:
        return Fetched(False, mark)


def read_object(address: str, most: int) -> bytes:
    """Return an object's content.

    Raises:
        FetchError: it cannot be read, is not an object, or has more than `most` bytes.
    """
    with open_object(address) as found:
        if found.size > most:
            raise too_large(most)
        return found.body.read(most)
