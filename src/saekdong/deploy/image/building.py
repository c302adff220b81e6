"""Build the image of the running Saekdong."""

import shutil
from pathlib import Path

from saekdong._version import __version__
from saekdong.deploy.image.engines import Engine, EngineError, find_engine
from saekdong.deploy.image.wheel import write_wheel
from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError
from saekdong.scratch import scratch_folder

IMAGE = f"saekdong:{__version__}"
PLATFORMS = ("linux/amd64", "linux/arm64")
DOCKERFILE = Path(__file__).with_name("Dockerfile")
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


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
        engine: the engine that builds it.
        report: takes the engine's output line by line.
        image: the name of the new image.
        platform: one of `PLATFORMS`; SageMaker's Graviton instances take arm64, all others amd64.
        base: an image with Python 3.11 or newer and its venv; Python's own slim one by default.
        wheels: a folder of wheels of all requirements of Saekdong; if it is given, the build uses no network.

    Raises:
        SaekdongError: the folder has no wheels, or the build failed.
    """
    arguments = {"VERSION": __version__, **({"BASE": base} if base else {})}
    with scratch_folder() as context:
        for file in (DOCKERFILE, REQUIREMENTS):
            shutil.copy(file, context)
        (context / "wheels").mkdir()
        write_wheel(context / "wheels")
        if wheels:
            _copy_wheels(wheels, context / "wheels")
            arguments["PIP_NO_INDEX"] = "1"
        engine.build(context, image, platform, arguments, report, network="none" if wheels else None)


def push_image(
    engine: Engine, image: str, repository: str, report: Report, *, username: str | None = None, password: str = ""
) -> str:
    """Push an image to a repository and return its name there.

    Args:
        engine: the engine that pushes it.
        image: the image to push.
        repository: REGISTRY/NAME or REGISTRY/NAME:TAG; the tag is this version's by default.
        report: takes the engine's output line by line.
        username: the registry's user name for this push only; None for the engine's own login.
        password: the registry's password; it is given only to the registry.

    Raises:
        EngineError: the image is missing, or the registry refused.
    """
    engine.inspect(image)
    destination = repository if ":" in repository.rpartition("/")[2] else f"{repository}:{__version__}"
    if username is None:
        engine.push(image, destination, report)
    else:
        with engine.logged_in(repository.partition("/")[0], username, password) as logged_in:
            logged_in.push(image, destination, report)
    return destination


def publish(repository: str, username: str, password: str, image: str | None, platform: str, report: Report) -> str:
    """Push an image with the first engine that works here, and return its name in the repository.

    Args:
        repository: see `push_image`.
        username: see `push_image`.
        password: see `push_image`.
        image: the image to push; None for this Saekdong's, which is built if it is missing.
        platform: one of `PLATFORMS`, for which this Saekdong's is built.
        report: takes the engine's output line by line.

    Raises:
        SaekdongError: no engine works here, the image is missing or cannot be built, or the registry refused.
    """
    engine = find_engine()
    report(f"engine: {engine}")
    if image is None:
        image = IMAGE if platform == PLATFORMS[0] else f"{IMAGE}-{platform.rpartition('/')[2]}"
        repository = f"{repository}:{image.rpartition(':')[2]}"
        try:
            engine.inspect(image)
        except EngineError:
            build(engine, report, image=image, platform=platform)
    return push_image(engine, image, repository, report, username=username, password=password)


def _copy_wheels(source: Path, target: Path) -> None:
    files = [file for file in sorted(source.glob("*.whl")) if not file.name.startswith("saekdong-")]
    if not files:
        raise SaekdongError(
            f"{source} has no wheels",
            fix=f"fill it: pip download --only-binary :all: --dest {source} --requirement {REQUIREMENTS}",
        )
    for file in files:
        shutil.copy(file, target)
