"""Artifacts for tests, made of others without packing their tables again, which takes seconds."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

from saekdong.tagging.starter import STARTER_FILE


def variant(file: Path = STARTER_FILE, **info: object) -> bytes:
    """Return an artifact as in `file`, with other fields in its model.json, and so of another digest."""
    with tarfile.open(file) as archive:
        contents = {member.name: archive.extractfile(member).read() for member in archive}
    contents["model.json"] = json.dumps({**json.loads(contents["model.json"]), **info}).encode()
    del contents["SHA256SUMS"]
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents.items()]
    contents["SHA256SUMS"] = "".join(sums).encode()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(stream.getvalue(), 1)
