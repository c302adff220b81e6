"""A folder of photos as a feed: each photo a product, the folders inside its category."""

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from saekdong.catalog.categories import SEPARATOR
from saekdong.catalog.feeds.columns import MOST_ID
from saekdong.catalog.feeds.entries import Entry, FeedError, Item, Problem
from saekdong.catalog.feeds.values import text_of
from saekdong.catalog.products import Product
from saekdong.photo.kinds import SUFFIXES
from saekdong.printable import printable

_REFUSED = (
    "the path has a control character, a mark that reorders text, a blank in front, or bytes that are not UTF-8; "
    f"or it is longer than {MOST_ID} letters; rename the file"
)


def photos_in(folder: Path, name: str) -> Iterator[Item]:
    """Yield a product for each photo in a folder and those inside, hidden ones left out.

    The id is the path within the folder, its letters composed (NFC), the title the file's name, the category the
    folders' names. A path that is not the same as text of a feed, for example with a control character, is a problem:
    no request could name such an id.

    Raises:
        FeedError: the folder cannot be read.
    """
    root = os.path.abspath(folder)  # noqa: PTH100
    for path in _walk(root, ()):
        product_id = unicodedata.normalize("NFC", os.path.relpath(path, root))
        if text_of(product_id) != product_id or len(product_id) > MOST_ID:
            yield Problem(name, 0, printable(product_id)[:MOST_ID], "id", _REFUSED)
            continue
        within = PurePosixPath(product_id)
        yield Entry(0, Product(product_id, within.stem, SEPARATOR.join(within.parts[:-1]), photos=(path,)))


def count_photos(folder: Path) -> int:
    """Return how many photos a folder holds, by name alone."""
    return sum(1 for _ in _walk(str(folder), ()))


def _walk(folder: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """Yield the photos' paths as the file system gives them: not sorted, so that no folder is held in memory."""
    try:
        state = os.stat(folder)  # noqa: PTH116
        if (state.st_dev, state.st_ino) in above:
            # A link back to a folder that is being read already.
            return
        entries = os.scandir(folder)
    except OSError as error:
        raise FeedError(f"{folder} cannot be read: {error.strerror}", fix="give the right to read it") from error
    inside = []
    with entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                inside.append(entry.path)
            elif entry.name.lower().endswith(SUFFIXES) and (entry.is_file() or entry.is_symlink()):
                yield entry.path
    for path in sorted(inside):
        yield from _walk(path, (*above, (state.st_dev, state.st_ino)))
