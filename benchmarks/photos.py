"""Tags per second on one core, side by side with palette extractors that people use, and peak memory.

Needs the evaluation data. The peers are installed into an environment of their own (build/peers). Every tool reads the
same JPEG bytes from memory: `tag` returns tags and a palette, the peers 5 colors, the bare decode only pixels at an
eighth of the size. The larger photos are those of myntra, enlarged to 1,200 x 1,600 and 1,000 x 1,300 pixels, every
other one progressive.
"""

import io
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

from tools import EVALUATION, table

PEERS = ("fast-colorthief", "pylette", "opencv-python-headless", "numpy")
ENVIRONMENT = Path(__file__).parents[1] / "build" / "peers"
RACER = Path(__file__).parent / "race_photos.py"
ROUNDS = 3
PHOTOS = 120
TOOLS = ("saekdong tag", "bare decode", "fast-colorthief", "Pylette", "OpenCV k-means")


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    photos = EVALUATION / "products" / "myntra"
    if not photos.is_dir():
        yield f"left out: no evaluation data in {EVALUATION} (use --data)"
        return
    peers = _peers()
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder)
        _enlarge(photos, large)
        for name, place in (("myntra, 900 pixels", photos), ("1.3 and 1.9 megapixels", large)):
            yield f"{PHOTOS} photos of {name}, one core; photos a second, the best of {ROUNDS} rounds in turn:"
            yield ""
            yield from _race(place, peers)
            yield ""
        yield from _memory(large)


def _peers() -> Path:
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return python


def _enlarge(photos: Path, folder: Path) -> None:
    from PIL import Image

    for number, path in enumerate(sorted(photos.iterdir())[:PHOTOS]):
        size = (1200, 1600) if number % 2 else (1000, 1300)
        with Image.open(path) as image:
            enlarged = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        enlarged.save(folder / f"{number:03}.jpg", quality=85, progressive=number % 4 < 2)


def _race(place: Path, peers: Path) -> Iterator[str]:
    speed = dict.fromkeys(TOOLS, 0.0)
    for _ in range(ROUNDS):
        for tool in TOOLS:
            python = sys.executable if tool in TOOLS[:2] else str(peers)
            command = ["taskset", "-c", "0", python, str(RACER), tool, str(place), str(PHOTOS)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            speed[tool] = max(speed[tool], float(done.stdout))
    fastest = max(speed[tool] for tool in TOOLS[2:])
    rows = [
        (tool, f"{rate:.0f}", f"{rate / fastest:.2f}", f"{rate / speed['bare decode']:.2f}")
        for tool, rate in speed.items()
    ]
    yield from table(("", "photos/s", "to the fastest peer", "to the bare decode"), rows)


def _memory(photos: Path) -> Iterator[str]:
    """Tag a thousand photos in another process and print its peak, early and at the end."""
    code = (
        "import io, json, resource, sys\n"
        "from saekdong.tagging import Tagger, starter, tag_photo\n"
        "tagger, peaks = Tagger(starter()), []\n"
        "files = [open(name, 'rb').read() for name in sys.argv[1:]]\n"
        "for count in range(1000):\n"
        "    tag_photo(tagger, '', files[count % len(files)])\n"
        "    if count in (99, 999): peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
        "print(json.dumps([sum(map(len, files)) / 2**20, *peaks]))\n"
    )
    names = [str(path) for path in sorted(photos.iterdir())]
    done = subprocess.run([sys.executable, "-c", code, *names], check=True, capture_output=True, text=True)
    held, early, late = json.load(io.StringIO(done.stdout))
    yield f"Peak memory of tagging 1,000 of the larger photos: {early:.0f} MB after 100, {late:.0f} MB at the end"
    yield f"(with {held:.0f} MB of files held in memory by the benchmark)."
