"""Artifacts for tests, made of others without packing their tables again, which takes seconds."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from saekdong.model.artifact import Artifact
from saekdong.tagging import starter
from saekdong.tagging.starter import STARTER_FILE

ORDER = ("model.json", "places.npy", "runs.npy", "grid.npy", "tagger.npy", "centers.npy", "weights.npy", "widths.npy")


def variant(file: Path = STARTER_FILE, **info: object) -> bytes:
    """Return an artifact as in `file`, with other fields in its model.json, and so of another digest."""
    with tarfile.open(file) as archive:
        contents = {member.name: archive.extractfile(member).read() for member in archive}
    contents["model.json"] = json.dumps({**json.loads(contents["model.json"]), **info}).encode()
    del contents["SHA256SUMS"]
    return gzip.compress(tarred(contents), 1)


def tarred(contents: Mapping[str, bytes], *, summed: bool = True) -> bytes:
    """Return files as a tar archive, with checksums that match unless another argument changes them."""
    contents = dict(contents)
    if summed:
        order = [name for name in ORDER if name in contents]
        sums = (f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in order)
        contents["SHA256SUMS"] = "".join(sums).encode()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def exchanged(first: str, second: str) -> Artifact:
    """Return the starter with two labels' columns exchanged: what it called the one it calls the other."""
    artifact = starter()
    order = list(range(len(artifact.vocabulary)))
    one, two = (artifact.vocabulary.ids.index(label) for label in (first, second))
    order[one], order[two] = two, one
    kernel = replace(artifact.kernel, weights=artifact.kernel.weights[:, order])
    return replace(artifact, tagger=artifact.tagger[:, order], kernel=kernel)
