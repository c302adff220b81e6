"""Tag all photos in a folder on all cores: `python examples/tag_folder.py PHOTOS > tags.csv`.

A photo that cannot be read is named on stderr with the reason, and does not end the run. (`saekdong tag PHOTOS` does
the same from the command line; this shows how to do it inside a program of your own.)
"""

import csv
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import saekdong

KINDS = {".jpg", ".jpeg", ".png", ".webp"}


def labels_of(photo: Path) -> list[str] | saekdong.SaekdongError:
    """Return a photo's labels, the first one first, or why it has none."""
    try:
        return [tag.label for tag in saekdong.tag(photo).tags]
    except saekdong.SaekdongError as error:
        return error


def main(folder: Path) -> None:
    """Write a line for each photo: its path and its labels."""
    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS)
    table = csv.writer(sys.stdout)
    table.writerow(["photo", "labels"])
    # Image libraries and fork do not go together; "forkserver" starts clean processes.
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
        for photo, labels in zip(photos, pool.map(labels_of, photos, chunksize=16), strict=True):
            if isinstance(labels, list):
                table.writerow([photo, ";".join(labels)])
            else:
                print(labels, file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
