"""The artifact, `model.tar.gz`: everything that prediction needs, without pickle or code."""

import hashlib
import io
import json
import math
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saekdong.color import Vocabulary
from saekdong.errors import ArtifactError, SaekdongError
from saekdong.files import cannot_read, open_regular, write_whole
from saekdong.model.archive import ArchiveError, members
from saekdong.model.identity import ARTIFACT_FILE, ModelId
from saekdong.model.lookup import LookupTable, from_runs, to_runs

FORMAT = 2
"""The format of an artifact with a photo kernel; others are written in format 1, which earlier versions read too."""

_COMPRESSION = 7  # level 9 takes 4.2 s instead of 0.6 for the starter, and saves 2.5%
# 255 labels on the finest grid take 85 MiB.
_MOST_PACKED = 32 << 20
_MOST_UNPACKED = 96 << 20
_MOST_INFO = 1 << 20
_PIECE = 1 << 20
_HIGHEST_WEIGHT = 1e6
_ARRAYS = ("places.npy", "runs.npy", "grid.npy")
_SUMS = "SHA256SUMS"
_NPY_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(?P<type>\|u1|<u4|<f4)', 'fortran_order': False, "
    rb"'shape': \((?P<shape>[0-9]{1,9}(?:, ?[0-9]{1,9}){0,3},?)\), \} *\n",
    re.DOTALL,
)
_TAGGER = "tagger.npy"
_KERNEL = ("centers.npy", "weights.npy")
_WIDTHS = "widths.npy"
_INFO = "model.json"
_NEEDED = (_INFO, *_ARRAYS)
_TAUGHT = (_TAGGER, *_KERNEL, _WIDTHS)
_MEMBERS = (*_NEEDED, *_TAUGHT, _SUMS)
_MOST_CENTERS = 4096
_MOST_WIDTH = 1000.0


@dataclass(frozen=True, eq=False)
class PhotoKernel:
    """What a taught model adds to its matrix: for photos near a center, the center's weights.

    Attributes:
        centers: photos' features, each 255 times in a byte, uint8 (M, D).
        weights: what each center adds to each label's score, float32 (M, L).
        widths: how fast each center's weight falls with distance, float32 (M,); None if all fall as the starter's.
    """

    centers: NDArray[np.uint8]
    weights: NDArray[np.float32]
    widths: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Artifact:
    """A trained model, ready to name colors.

    Attributes:
        vocabulary: the labels that it distinguishes.
        table: the label and probabilities of every color.
        info: the content of `model.json`: space, kind and settings, metrics, the rows' digest, seed, versions.
        tagger: turns a photo's features into the labels' scores, float32 (D, L); None if the model was not taught.
        kernel: added to these scores by the photo's distance to the centers; None in artifacts of format 1.
    """

    vocabulary: Vocabulary
    table: LookupTable
    info: Mapping[str, Any]
    tagger: NDArray[np.float32] | None = None
    kernel: PhotoKernel | None = None

    @cached_property
    def id(self) -> ModelId:
        """The model's identity: its file's, or that of the file that `pack` would write."""
        return ModelId.of_checksums(_contents(self)[_SUMS])

    @cached_property
    def labels(self) -> NDArray[np.str_]:
        """The label ids by code, (L,)."""
        return np.array(self.vocabulary.ids)

    @property
    def tags_photos(self) -> bool:
        """Whether the model was taught from photos; otherwise the product's pixels vote by the color table."""
        return self.tagger is not None

    @property
    def missed_goal(self) -> bool:
        """Whether training recorded a missed goal, or teaching the verdict `worse`."""
        goals, taught = (self.info.get(name) for name in ("goals", "tagger"))
        missed = isinstance(goals, list) and any(isinstance(goal, dict) and goal.get("met") is False for goal in goals)
        return missed or (isinstance(taught, dict) and taught.get("verdict") == "worse")

    def predict(self, colors: ArrayLike) -> NDArray[np.str_]:
        """Return the label id of each color.

        Args:
            colors: sRGB, 0-255, shape (N, 3), or (3,) for one color; whole numbers of any type, uint8 fastest.

        Returns:
            Label ids, shape (N,); for one color, shape ().

        Raises:
            SaekdongError: another shape, or a value that is not a whole number from 0 to 255.

        Example:
            >>> load("models/rows/model.tar.gz").predict([[73, 84, 116]])  # doctest: +SKIP
            array(['navy'], dtype='<U6')
        """
        rgb = as_colors(colors)
        named: NDArray[np.str_] = self.labels.take(self.table.codes(rgb.reshape(-1, 3)))
        return named.reshape(rgb.shape[:-1])

    def predict_proba(self, colors: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each label, in the vocabulary's order.

        Args:
            colors: as for `predict`.

        Returns:
            Calibrated probabilities, shape (N, L); for one color, shape (L,). The highest is `predict`'s label.

        Raises:
            SaekdongError: see `predict`.
        """
        rgb = as_colors(colors)
        chances = self.table.probabilities(rgb.reshape(-1, 3))
        return chances.reshape(*rgb.shape[:-1], len(self.vocabulary))


def as_colors(colors: ArrayLike) -> NDArray[np.uint8]:
    """Check colors and return them as uint8, (..., 3).

    Raises:
        SaekdongError: another shape, or a value that is not a whole number from 0 to 255.
    """
    rgb = np.asarray(colors)
    if rgb.ndim not in (1, 2) or rgb.shape[-1] != 3:
        raise SaekdongError(f"colors have the shape {rgb.shape}", fix="give (N, 3): R, G and B of each color")
    if rgb.dtype == np.uint8:
        return rgb
    if rgb.dtype.kind not in "iuf":
        raise SaekdongError(f"colors are of the type {rgb.dtype}", fix="give whole numbers from 0 to 255")
    whole = (rgb >= 0) & (rgb <= 255) & (np.mod(rgb, 1) == 0)
    if not whole.all():
        wrong = rgb[~whole][0]
        raise SaekdongError(f"{wrong} is not a color channel", fix="give whole numbers from 0 to 255")
    return rgb.astype(np.uint8)


def pack(artifact: Artifact) -> bytes:
    """Return the artifact's bytes. The same artifact results in the same bytes: times, owners and order are fixed.

    Raises:
        ArtifactError: the parts do not fit together, so it could not be read back.
    """
    packer = zlib.compressobj(level=_COMPRESSION, wbits=31)
    return packer.compress(_tar_bytes(_readable_contents(artifact))) + packer.flush()


def _readable_contents(artifact: Artifact) -> dict[str, bytes]:
    """Return the contents after reading them back: a shop's folder never gets an unusable artifact."""
    contents = _contents(artifact)
    try:
        _artifact(contents)
    except ArtifactError as error:
        raise ArtifactError(f"the model cannot be written: {error.problem}", fix="this is a bug; report it") from error
    return contents


def _contents(artifact: Artifact) -> dict[str, bytes]:
    places, runs = to_runs(artifact.table.labels)
    version = 1 if artifact.kernel is None else FORMAT
    info = {"format": version, **artifact.info, "vocabulary": artifact.vocabulary.to_list()}
    contents = {_INFO: (json.dumps(info, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()}
    arrays: tuple[NDArray[Any], ...] = (places, runs, artifact.table.grid)
    for name, array in zip(_ARRAYS, arrays, strict=True):
        contents[name] = _npy_bytes(array)
    if artifact.tagger is not None:
        contents[_TAGGER] = _npy_bytes(artifact.tagger)
    if artifact.kernel is not None:
        centers, weights = _KERNEL
        contents |= {centers: _npy_bytes(artifact.kernel.centers), weights: _npy_bytes(artifact.kernel.weights)}
        if artifact.kernel.widths is not None:
            contents[_WIDTHS] = _npy_bytes(artifact.kernel.widths)
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents.items()]
    contents[_SUMS] = "".join(sums).encode()
    return contents


def save(artifact: Artifact, path: Path) -> None:
    """Write the artifact to `path`, whole or not at all."""
    write_whole(path, pack(artifact))


def save_unpacked(artifact: Artifact, folder: Path) -> None:
    """Write the artifact's files into `folder`, the checksums last; remove arrays of an earlier, taught model."""
    contents = _readable_contents(artifact)
    for name in _TAUGHT:
        if name not in contents:
            (folder / name).unlink(missing_ok=True)
    for name, content in contents.items():
        write_whole(folder / name, content)


def load(path: str | Path) -> Artifact:
    """Read an artifact: a `model.tar.gz`, the folder that contains one, or the files unpacked from one.

    Nothing in it is run or unpickled, nothing is written to disk, and sizes are limited.

    Raises:
        ArtifactError: it is not an artifact, is truncated or altered, or has another format version.
        SaekdongError: it cannot be read.
    """
    folder = Path(path)
    if not (folder / _INFO).is_file() or (folder / ARTIFACT_FILE).is_file():
        return load_packed(path)[0]
    with _named(folder):
        return _artifact(_files(folder))


def load_packed(path: str | Path) -> tuple[Artifact, bytes]:
    """Read a `model.tar.gz`, or the folder that contains one; return the bytes too. Raises as `load` does."""
    file = Path(path)
    file = file / ARTIFACT_FILE if file.is_dir() else file
    packed = _read(file, _MOST_PACKED)
    with _named(file):
        return unpack(packed), packed


@contextmanager
def _named(place: Path) -> Iterator[None]:
    """Add the path to errors of the block."""
    try:
        yield
    except ArtifactError as error:
        raise ArtifactError(f"{place}: {error.problem}", fix=error.fix) from error


@contextmanager
def _distrusting() -> Iterator[None]:
    """Turn any error of the block on hostile content into an `ArtifactError`."""
    try:
        yield
    except SaekdongError:
        raise
    except Exception as error:
        raise _altered(f"{type(error).__name__}: {error}") from error


def _files(folder: Path) -> dict[str, bytes | memoryview]:
    """Read the files of an unpacked artifact, with the same limits as for an archive."""
    contents: dict[str, bytes | memoryview] = {}
    room = _MOST_UNPACKED
    for name in _MEMBERS:
        if (folder / name).exists():
            contents[name] = _read(folder / name, room)
            room -= len(contents[name])
            if room < 0:
                raise _too_large()
    return contents


def _read(file: Path, most: int) -> bytes:
    """Read a file, at most one byte more than the limit."""
    try:
        with open_regular(file) as stream:
            return stream.read(most + 1)
    except OSError as error:
        raise cannot_read(file, error) from error


def unpack(packed: bytes) -> Artifact:
    """Return the artifact in `packed`; raises `ArtifactError` as `load` does."""
    with _distrusting():
        contents = _members(_inflate(packed))
    return _artifact(contents)


@_distrusting()
def _artifact(contents: Mapping[str, bytes | memoryview]) -> Artifact:
    info, version = _info(contents)
    _check_sums(contents)
    try:
        vocabulary = Vocabulary.from_list(info.pop("vocabulary", None))
        labels = from_runs(_array(contents["places.npy"]), _array(contents["runs.npy"]))
        grid = _array(contents["grid.npy"])
        tagger = _array(contents[_TAGGER], "<f4") if _TAGGER in contents else None
        kernel = _kernel(contents, version)
        _check_fit(labels, grid, len(vocabulary))
        _check_taught(tagger, kernel, len(vocabulary))
    except (ValueError, SaekdongError) as error:
        raise _altered(str(error)) from error
    artifact = Artifact(vocabulary, LookupTable(labels, grid), info, tagger, kernel)
    # The file's own id takes the place of the computed one: another version may write the same model differently.
    vars(artifact)["id"] = ModelId.of_checksums(contents[_SUMS])
    return artifact


def _altered(why: str) -> ArtifactError:
    return ArtifactError(f"not a Saekdong model, or altered: {why}", fix="copy it again, or train it again")


def _too_large() -> ArtifactError:
    return _altered(f"unpacks to more than {_MOST_UNPACKED >> 20} MiB")


def _inflate(packed: bytes) -> bytearray:
    if len(packed) > _MOST_PACKED:
        raise _altered(f"larger than {_MOST_PACKED >> 20} MiB")
    file, inflater, content = io.BytesIO(packed), zlib.decompressobj(wbits=31), bytearray()
    try:
        # In pieces: otherwise memory would hold it twice.
        while not inflater.eof and (piece := inflater.unconsumed_tail or file.read(_PIECE)):
            content += inflater.decompress(piece, _PIECE)
            if len(content) > _MOST_UNPACKED:
                raise _too_large()
    except zlib.error as error:
        raise _altered(f"not gzip, or damaged ({error})") from error
    if not inflater.eof:
        raise ArtifactError("the file is truncated", fix="copy it again")
    if inflater.unused_data or file.read(1):
        raise _altered("something follows the archive")
    return content


def _members(content: bytearray) -> dict[str, bytes | memoryview]:
    """Return the members of an archive, as parts of its own bytes."""
    contents: dict[str, bytes | memoryview] = {}
    try:
        for path, member in members(memoryview(content).toreadonly()):
            # SageMaker packs the files of a training job with names such as ./model.json, and the folder itself.
            name = str(PurePosixPath(path))
            if member is None and name == ".":
                continue
            if member is None or name not in _MEMBERS or name in contents:
                raise _altered(f"{path[:80]!r} does not belong in the archive")
            contents[name] = member
    except ArchiveError as error:
        raise _altered(f"not a tar archive ({error})") from error
    if _INFO not in contents:
        raise _altered("it has no model.json")
    return contents


def _kernel(contents: Mapping[str, bytes | memoryview], version: int) -> PhotoKernel | None:
    """Return the kernel of an artifact of format 2; one of format 1 has none."""
    present = [name for name in _KERNEL if name in contents]
    if len(present) != (0 if version == 1 else len(_KERNEL)):
        raise ValueError(f"format {version} with the members {', '.join(present) or 'of format 1'}")
    if version == 1:
        if _WIDTHS in contents:
            raise ValueError(f"format 1 with the member {_WIDTHS}")
        return None
    centers, weights = (_array(contents[name], kind) for name, kind in zip(_KERNEL, ("u1", "<f4"), strict=True))
    widths = _array(contents[_WIDTHS], "<f4") if _WIDTHS in contents else None
    return PhotoKernel(centers, weights, widths)


def _info(contents: Mapping[str, bytes | memoryview]) -> tuple[dict[str, Any], int]:
    """Return `model.json` without the format version, and that version."""
    if len(contents[_INFO]) > _MOST_INFO:
        raise _altered(f"model.json is larger than {_MOST_INFO >> 20} MiB")
    try:
        info = json.loads(bytes(contents[_INFO]))
    except (ValueError, RecursionError) as error:
        raise _altered("model.json is not JSON") from error
    if not isinstance(info, dict) or "format" not in info:
        raise _altered("model.json names no format version")
    version = info.pop("format")
    if type(version) is not int or not 1 <= version <= FORMAT:
        raise ArtifactError(
            f"format version {version!r}, and this Saekdong reads the versions 1 to {FORMAT}",
            fix="train it again, or install the Saekdong that wrote it",
        )
    return info, version


def _check_sums(contents: Mapping[str, bytes | memoryview]) -> None:
    missing = [name for name in (*_NEEDED, _SUMS) if name not in contents]
    if missing:
        raise _altered(f"it has no {', '.join(missing)}")
    summed = [name for name in _MEMBERS if name in contents and name != _SUMS]
    expected = [f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in summed]
    if contents[_SUMS] != "".join(expected).encode():
        raise _altered("its checksums do not match its contents")


def _check_fit(labels: NDArray[np.uint8], grid: NDArray[np.generic], count: int) -> None:
    side = grid.shape[0] if grid.ndim == 4 else 0
    if grid.dtype != np.uint8 or side not in (4, 8, 16, 32, 64) or grid.shape != (side, side, side, count):
        raise ValueError(f"the grid is {grid.dtype}{grid.shape} for {count} labels")
    if labels.max() >= count:
        raise ValueError("a color has a label that the vocabulary lacks")
    if not grid.any(axis=3).all():
        raise ValueError("a cell of the grid has no probability")


def _check_taught(tagger: NDArray[np.float32] | None, kernel: PhotoKernel | None, count: int) -> None:
    if tagger is not None and (tagger.ndim != 2 or tagger.shape[1] != count or not _is_moderate(tagger)):
        raise ValueError(f"the tagger is float32{tagger.shape} for {count} labels, or has a value over a million")
    if kernel is None:
        return
    if tagger is None:
        raise ValueError("the kernel has no tagger")
    centers, weights = kernel.centers, kernel.weights
    if centers.ndim != 2 or centers.shape[1] != len(tagger) or not 1 <= len(centers) <= _MOST_CENTERS:
        raise ValueError(f"the kernel's centers are {centers.shape} for {len(tagger)} features")
    if weights.shape != (len(centers), count) or not _is_moderate(weights):
        raise ValueError(
            f"the kernel's weights are {weights.shape} for {len(centers)} centers and {count} labels, "
            "or have a value over a million"
        )
    widths = kernel.widths
    if widths is not None and (widths.shape != (len(centers),) or not ((widths > 0) & (widths <= _MOST_WIDTH)).all()):
        raise ValueError(f"the kernel's widths are {widths.shape} for {len(centers)} centers, or not all above 0")


def _is_moderate(values: NDArray[np.float32]) -> bool:
    """Return whether products of these values with features stay finite; a taught tagger's values are about 1."""
    return bool((np.abs(values) <= _HIGHEST_WEIGHT).all())


def _npy_bytes(array: NDArray[np.generic]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(array), allow_pickle=False)
    return stream.getvalue()


def _array(content: bytes | memoryview, *types: str) -> NDArray[Any]:
    """Read an array in the form of `_npy_bytes`. NumPy's own reader trusts the header too much."""
    header = _NPY_HEADER.match(content)
    if header is None:
        raise ValueError("an array does not have the form and type that Saekdong writes")
    dtype = np.dtype(header["type"].decode())
    if dtype not in [np.dtype(kind) for kind in types or ("u1", "<u4")]:
        raise ValueError(f"an array is of the type {dtype}")
    shape = tuple(int(length) for length in header["shape"].replace(b" ", b"").split(b",") if length)
    if math.prod(shape) * dtype.itemsize != len(content) - header.end():
        raise ValueError("an array is longer or shorter than its header says")
    return np.frombuffer(content, dtype=dtype, offset=header.end()).reshape(shape)


def _tar_bytes(contents: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()
