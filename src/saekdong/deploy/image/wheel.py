"""Make a wheel of the running Saekdong, installed from an index, from a checkout or in place."""

import base64
import hashlib
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import saekdong
from saekdong._version import __version__
from saekdong.errors import SaekdongError

_INFO = f"saekdong-{__version__}.dist-info"
_WHEEL = "Wheel-Version: 1.0\nGenerator: saekdong\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_SCRIPTS = "[console_scripts]\nsaekdong = saekdong.cli:main\n"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_wheel(folder: Path) -> Path:
    """Write the wheel into `folder` and return its path. The same code results in the same bytes.

    Raises:
        SaekdongError: Saekdong is not installed, so its requirements are unknown.
    """
    contents = _contents()
    contents[f"{_INFO}/RECORD"] = _record(contents)
    path = folder / f"saekdong-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.external_attr = 0o644 << 16
            archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    return path


def _contents() -> dict[str, bytes]:
    package = Path(saekdong.__file__).parent
    files = sorted(path for path in package.rglob("*") if path.is_file() and path.parent.name != "__pycache__")
    contents = {f"saekdong/{path.relative_to(package).as_posix()}": path.read_bytes() for path in files}
    contents[f"{_INFO}/METADATA"] = _metadata()
    contents[f"{_INFO}/WHEEL"] = _WHEEL.encode()
    contents[f"{_INFO}/entry_points.txt"] = _SCRIPTS.encode()
    return contents


def _metadata() -> bytes:
    try:
        text = distribution("saekdong").read_text("METADATA")
    except PackageNotFoundError:
        text = None
    if text is None:
        raise SaekdongError(
            "Saekdong runs from a folder, not installed", fix="pip install saekdong, or pip install -e ."
        )
    return text.encode()


def _record(contents: dict[str, bytes]) -> bytes:
    lines = []
    for name, content in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}\n")
    return "".join([*lines, f"{_INFO}/RECORD,,\n"]).encode()
