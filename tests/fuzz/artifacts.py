"""Models: damaged at every layer (gzip, tar, JSON, arrays) with checksums that match, and bombs."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from functools import cache
from random import Random

import numpy as np

from artifacts import tarred
from fuzz.artifact_bombs import BOMBS
from fuzz.harness import Target
from fuzz.mutating import damaged, restructured, rewritten
from saekdong.errors import SaekdongError
from saekdong.model.artifact import unpack
from saekdong.photo.features import LENGTHS, VERSION
from saekdong.serving.service import Service
from saekdong.tagging import Tagger
from saekdong.tagging.starter import STARTER_FILE

_WORDS = (
    *(
        b"1e999999",
        b"9" * 5000,
        b"-1",
        b"NaN",
        b"-Infinity",
        b"1.0",
        b"true",
        b"null",
        b"[]",
        b"{}",
        b'""',
        b'"\\ud800"',
    ),
    *(b'"id"', b'"vocabulary"', b'"format"', b'"tagger"', b'"features"', b'"goals"', b'"aliases"', b'"swatch"'),
    *(b'"#ffffff"', b'"other"', b'"\\u0000"', b'"\\n"', b"[", b"{", b'{"id": "x"}', b'"a":', b"\xff", b"," * 3),
)
_reworded = rewritten(_WORDS)
_PHOTO = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
_COLORS = np.random.default_rng(1).integers(0, 256, (50, 3), dtype=np.uint8)


def attempt(content: bytes) -> str:
    """Load a model and use it: name colors, tag a photo, write out its labels."""
    try:
        artifact = unpack(content)
        tags = Tagger(artifact).tag(_PHOTO)
    except SaekdongError as error:
        str(error).encode()
        return "refused"
    assert tags
    assert all(0 <= tag.share <= 1 for tag in tags)
    artifact.predict(_COLORS).tolist()
    assert np.allclose(artifact.predict_proba(_COLORS).sum(axis=-1), 1)
    assert isinstance(artifact.missed_goal, bool)
    json.dumps(artifact.vocabulary.to_list(), ensure_ascii=False).encode()
    Service(artifact)
    return "read"


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return a valid model's files."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def packed(contents: Mapping[str, bytes]) -> bytes:
    """Return a model of these files."""
    return gzip.compress(tarred(contents), 1)


def array(values: np.ndarray) -> bytes:
    """Return an array as a `.npy` file."""
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


@cache
def small(*, taught: bool = False, kernel: bool = False) -> dict[str, bytes]:
    """Return the files of a model of three labels: of rows, taught in format 1, or taught in format 2."""
    labels = [
        {"id": name, "en": name, "ko": f"색{name}", "swatch": "#1f2a52", "aliases": ["x" + name]} for name in "abc"
    ]
    info: dict[str, object] = {"format": 1, "vocabulary": labels, "space": "lab", "kind": "svm", "metrics": {"f1": 0.5}}
    contents = {
        "places.npy": array(np.zeros(1 << 18, np.uint32)),
        "runs.npy": array(np.arange(64, dtype=np.uint8).reshape(1, 64) % 3),
        "grid.npy": array(np.full((4, 4, 4, 3), 147, np.uint8)),
    }
    if taught:
        made = unpack(STARTER_FILE.read_bytes())
        assert made.tagger is not None
        assert made.kernel is not None
        version = VERSION if kernel else min(LENGTHS)
        contents["tagger.npy"] = array(np.ascontiguousarray(made.tagger[: LENGTHS[version], :3]))
        info |= {"tagger": {"features": version, "verdict": "better"}, "goals": [{"goal": "f1>=0.5", "met": True}]}
        if kernel:
            info["format"] = 2
            contents["centers.npy"] = array(made.kernel.centers[:20])
            contents["weights.npy"] = array(np.ascontiguousarray(made.kernel.weights[:20, :3]))
            contents["widths.npy"] = array(np.full(20, 0.3, np.float32))
    return {"model.json": json.dumps(info).encode(), **contents}


def seeds() -> dict[str, bytes]:
    """Return models: one of rows, and taught from photos in both formats."""
    kernel = small(taught=True, kernel=True)
    return {"of rows": packed(small()), "taught": packed(small(taught=True)), "kernel": packed(kernel)}


def mutation(content: bytes, rng: Random) -> bytes:
    """Return a model damaged in one of its layers; whatever lies above it fits again."""
    layer = rng.random()
    if layer < 0.1:
        return damaged(content, rng)
    if layer < 0.25:
        return gzip.compress(damaged(gzip.decompress(content), rng), 1)
    files = unpacked(content)
    name = rng.choice(["model.json"] * 4 + [name for name in files if name.endswith(".npy")] * 2 + ["SHA256SUMS"])
    match rng.randrange(12):
        case 0:
            del files[name]
        case 1:
            files[
                rng.choice(
                    (
                        "tagger.npy",
                        "centers.npy",
                        "weights.npy",
                        "widths.npy",
                        "model.onnx",
                        "model.onnx.data",
                        "../x",
                        "/etc/x",
                        "x.npz",
                    )
                )
            ] = files[name]
        case 2:
            files[name], files["model.json"] = files["model.json"], files[name]
        case 3 if name.endswith(".npy"):
            files[name] = _of_values(files[name], rng)
        case _:
            damage = rng.choice((_reworded, restructured, restructured)) if name == "model.json" else damaged
            files[name] = damage(files[name], rng)
    return gzip.compress(tarred(files, summed=name != "SHA256SUMS"), 1)


def _of_values(content: bytes, rng: Random) -> bytes:
    """Return an array whose values or shape are others."""
    values = np.load(io.BytesIO(content)).copy()
    if rng.random() < 0.5:
        places = [rng.randrange(values.size) for _ in range(3)]
        values.flat[places] = np.array([0, 1, 255, 3.4e38, np.nan, np.inf, -1])[rng.randrange(7)].astype(values.dtype)
    else:
        values = (
            values[: rng.randrange(len(values) + 1)] if rng.random() < 0.5 else values.reshape(-1, values.shape[-1])
        )
    return array(values)


def warm() -> None:
    """Load what the first model needs."""
    for content in seeds().values():
        assert attempt(content) == "read"


ARTIFACTS = Target("artifacts", attempt, seeds, BOMBS, mutate=mutation, warm=warm)
