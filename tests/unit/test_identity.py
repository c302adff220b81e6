"""One identity of a model: what it is made of, and that it is the same wherever the model is."""

import copy
import hashlib
import json
import pickle
import tarfile
import zlib
from dataclasses import replace

import pytest

from saekdong.deploy.local.folder import endpoint_folder
from saekdong.errors import SaekdongError
from saekdong.model import artifact
from saekdong.model.identity import ModelId
from saekdong.serving import Service
from saekdong.tagging import starter
from saekdong.tagging.starter import STARTER_FILE


def test_an_id_is_64_hexadecimal_digits_and_shows_8():
    text = "0123456789abcdef" * 4
    model = ModelId(text)
    assert (model, str(model), model.short, {model: 1}[text]) == (text, text, "01234567", 1)
    assert pickle.loads(pickle.dumps(model)) == copy.deepcopy(model) == model  # noqa: S301
    assert type(pickle.loads(pickle.dumps(model))) is ModelId  # noqa: S301


@pytest.mark.parametrize("text", ["", "01234567", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "0" * 64 + "\n", "s3://b/k"])
def test_what_is_not_an_id_is_refused(text):
    with pytest.raises(SaekdongError, match=r"is not the id of a model; give its 64 hexadecimal digits"):
        ModelId(text)


def test_a_model_has_one_id_packed_unpacked_and_in_memory(trained, tmp_path):
    model = trained.artifact
    packed = artifact.pack(model)
    (tmp_path / "model.tar.gz").write_bytes(packed)
    (tmp_path / "unpacked").mkdir()
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    quick = zlib.compressobj(level=1, wbits=31)
    again = quick.compress(zlib.decompress(packed, wbits=31)) + quick.flush()
    assert again != packed
    read = [
        artifact.unpack(packed),
        artifact.load(tmp_path),
        artifact.load(tmp_path / "unpacked"),
    ]
    assert {each.id for each in (*read, artifact.unpack(again))} == {model.id}
    assert type(model.id) is type(read[0].id) is ModelId


def test_another_model_has_another_id(trained, model_file):
    from artifacts import variant

    other = artifact.unpack(variant(model_file, about="other"))
    assert len({trained.artifact.id, other.id, starter().id}) == 3


def test_a_file_keeps_its_id_wherever_it_is_read_and_sent():
    """Of what another version wrote, packing it again could make another file."""
    assert starter().id.short == "18e3088e"
    sent = pickle.loads(pickle.dumps(Service(artifact.load(STARTER_FILE))))  # noqa: S301
    assert sent.artifact.id == starter().id
    assert sent.model_header == (b"x-saekdong-model", starter().id.encode())


def test_a_version_of_an_endpoint_of_saekdong_0_1_is_known_by_its_artifact(model_file, tmp_path):
    """It recorded the SHA-256 of the packed file as `model`; its supervisors still read that field."""
    folder = endpoint_folder(tmp_path, "shop")
    model, packed = artifact.load_packed(model_file)
    version = folder.add(model, packed, "process")
    assert folder.version(1) == version
    about = folder.path / "v1" / "version.json"
    content = json.loads(about.read_text(encoding="utf-8"))
    assert content == {
        "number": 1,
        "model": model.id,
        "engine": "process",
        "label": version.label,
        "model_id": model.id,
        "capture": None,
    }
    del content["model_id"]
    about.write_text(json.dumps({**content, "model": hashlib.sha256(packed).hexdigest()}), encoding="utf-8")
    assert folder.version(1) == version
    folder.model(1).write_bytes(b"junk")
    assert folder.version(1) == replace(version, model=None)
