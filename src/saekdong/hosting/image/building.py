"""Build the image of the Saekdong that runs."""

import shutil
import tempfile
from pathlib import Path

from saekdong._version import __version__
from saekdong.errors import SaekdongError
from saekdong.hosting.image.engines import Engine, Report
from saekdong.hosting.image.wheel import write_wheel

IMAGE = f"saekdong:{__version__}"
PLATFORMS = ("linux/amd64", "linux/arm64")
DOCKERFILE = Path(__file__).with_name("Dockerfile")


def build(
    engine: Engine,
    report: Report,
    *,
    image: str = IMAGE,
    platform: str = PLATFORMS[0],
    base: str | None = None,
    wheels: Path | None = None,
) -> None:
    """Build the image.

    Args:
        engine: what builds it.
        report: gets the engine's output line by line.
        image: the name that it gets.
        platform: one of `PLATFORMS`; SageMaker's Graviton instances take arm64, all others amd64.
        base: an image with Python 3.11 or newer and its venv; Python's own slim one by default.
        wheels: a folder of wheels of all that Saekdong needs; where it is given, the build uses no network.

    Raises:
        SaekdongError: the folder has no wheels, or the build failed.
    """
    arguments = {"VERSION": __version__, **({"BASE": base} if base else {})}
    with tempfile.TemporaryDirectory(prefix="saekdong-") as folder:
        context = Path(folder)
        shutil.copy(DOCKERFILE, context)
        (context / "wheels").mkdir()
        write_wheel(context / "wheels")
        if wheels:
            _copy_wheels(wheels, context / "wheels")
            arguments["PIP_NO_INDEX"] = "1"
        engine.build(context, image, platform, arguments, report, network="none" if wheels else None)


def _copy_wheels(source: Path, target: Path) -> None:
    files = [file for file in sorted(source.glob("*.whl")) if not file.name.startswith("saekdong-")]
    if not files:
        raise SaekdongError(
            f"{source} has no wheels",
            fix=f"fill it: pip download --only-binary :all: --dest {source} 'saekdong[parquet]'",
        )
    for file in files:
        shutil.copy(file, target)
