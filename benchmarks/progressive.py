"""Progressive JPEGs of 1.3 and 1.9 megapixels: photos tagged a second with and without their scans cut.

Needs the evaluation data. The photos are those of myntra, enlarged. Each photo is read and tagged in turn with all of
its scans and with those that count at an eighth of its size; the least time of each photo's rounds counts. Baseline
photos, which are never cut, show how far the two sides of a run differ by chance.
"""

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tools import EVALUATION, table

PHOTOS = 40
ROUNDS = 15
KINDS = {
    "4:2:0": {"progressive": True, "subsampling": 2},
    "4:2:2": {"progressive": True, "subsampling": 1},
    "4:4:4": {"progressive": True, "subsampling": 0},
    "4:2:0, quality 92": {"progressive": True, "subsampling": 2, "quality": 92},
    "baseline 4:2:0": {"subsampling": 2},
}


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    from saekdong.photo import read_photo
    from saekdong.photo.features import SIDE
    from saekdong.tagging import Tagger, starter, tag_photo

    photos = EVALUATION / "products" / "myntra"
    if not photos.is_dir():
        yield f"left out: no evaluation data in {EVALUATION} (use --data)"
        return
    tagger = Tagger(starter())
    rows = []
    for name, options in KINDS.items():
        files = _enlarged(photos, options)
        read = _rates(files, lambda content: read_photo(content, SIDE))
        tagged = _rates(files, lambda content: tag_photo(tagger, "", content).to_json())
        rates = [f"{rate:.0f}" for both in (read, tagged) for rate in both]
        rows.append((name, *rates[:2], f"{read[1] / read[0]:.2f}", *rates[2:], f"{tagged[1] / tagged[0]:.2f}"))
    header = ("", "read/s, all scans", "cut", "times as fast", "tagged/s, all scans", "cut", "times as fast")
    yield from table(header, rows)


def _enlarged(folder: Path, options: dict[str, object]) -> list[bytes]:
    from PIL import Image

    files = []
    for number, path in enumerate(sorted(folder.iterdir())[:PHOTOS]):
        file = io.BytesIO()
        with Image.open(path) as image:
            enlarged = image.convert("RGB").resize(
                (1200, 1600) if number % 2 else (1000, 1300), Image.Resampling.LANCZOS
            )
        enlarged.save(file, "JPEG", **{"quality": 85, **options})
        files.append(file.getvalue())
    return files


def _rates(files: list[bytes], work: Callable[[bytes], object]) -> tuple[float, float]:
    """Return the files a second with all scans and with the cut."""
    from saekdong.photo import reading

    cut = reading.coarse_jpeg
    least = {False: [9.0] * len(files), True: [9.0] * len(files)}
    for _ in range(ROUNDS):
        for number, content in enumerate(files):
            for is_cut, times in least.items():
                reading.coarse_jpeg = cut if is_cut else lambda content: content
                begun = time.perf_counter()
                work(content)
                times[number] = min(times[number], time.perf_counter() - begun)
    reading.coarse_jpeg = cut
    whole, coarse = (len(files) / sum(times) for times in least.values())
    return whole, coarse
