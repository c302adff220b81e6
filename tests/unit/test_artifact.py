"""The artifact: what goes in comes out; what is not ours, or no longer whole, is refused."""

import gzip
import io
import json
import os
import pickle
import subprocess
import tarfile
import tracemalloc
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import saekdong
from saekdong.errors import ArtifactError, SaekdongError
from saekdong.model import artifact
from saekdong.model.goals import Goal, check_goals
from saekdong.model.lookup import from_runs, to_runs
from saekdong.model.outputs import write_training

CONTENT = ("model.json", "places.npy", "runs.npy", "grid.npy")
PLACE = st.integers(0, 1 << 30)


@pytest.fixture(scope="module")
def packed(trained) -> bytes:
    return artifact.pack(trained.artifact)


def members(packed: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def repack(contents: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    """Pack members as they are, checksums made again so that only the planted fault can be what is refused."""
    sums = [
        artifact.hashlib.sha256(contents[name]).hexdigest() + f"  {name}\n" for name in contents if "SUMS" not in name
    ]
    contents = {**contents, "SHA256SUMS": "".join(sums).encode()}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return stream.getvalue()


def test_what_is_saved_is_loaded(trained, model_file):
    loaded = saekdong.load(model_file)
    assert loaded.vocabulary == trained.artifact.vocabulary
    assert np.array_equal(loaded.table.labels, trained.artifact.table.labels)
    assert np.array_equal(loaded.table.grid, trained.artifact.table.grid)
    assert loaded.info == json.loads(json.dumps(trained.artifact.info))
    assert saekdong.load(model_file.parent).info == loaded.info


def test_the_same_model_packs_to_the_same_bytes(trained, packed, model_file):
    assert artifact.pack(trained.artifact) == packed == model_file.read_bytes()
    assert len(packed) <= 4_000_000


def test_model_json_tells_what_made_it(packed, sample_rows):
    info = json.loads(members(packed)["model.json"])
    assert info["format"] == 1
    assert info["rows"]["sha256"] == sample_rows.digest()
    assert {"space", "model", "settings", "metrics", "seed", "versions", "vocabulary", "table"} <= info.keys()
    assert info["table"]["rows"] >= 0.995
    assert info["table"]["accuracy_lost"] <= 0.001


@pytest.mark.parametrize(
    ("colors", "shape"),
    [([73, 84, 116], ()), ([[73, 84, 116]], (1,)), (np.zeros((0, 3), np.uint8), (0,)), (np.ones((5, 3)), (5,))],
)
def test_shapes_of_predictions(trained, colors, shape):
    assert trained.artifact.predict(colors).shape == shape
    chances = trained.artifact.predict_proba(colors)
    assert chances.shape == (*shape, 14)
    assert np.allclose(chances.sum(axis=-1), 1)


def test_the_label_is_the_most_probable_one(trained):
    colors = np.random.default_rng(0).integers(0, 256, (5000, 3), dtype=np.uint8)
    model = trained.artifact
    assert np.array_equal(model.labels[model.predict_proba(colors).argmax(axis=1)], model.predict(colors))


def test_every_layout_and_type_of_colors_gives_the_same(trained):
    colors = np.random.default_rng(1).integers(0, 256, (9000, 3), dtype=np.uint8)
    expected = trained.artifact.predict(colors)
    for same in (
        np.asfortranarray(colors),
        colors.astype(int),
        colors.astype(float),
        colors.tolist(),
        colors[::-1][::-1],
    ):
        assert np.array_equal(trained.artifact.predict(same), expected)


@pytest.mark.parametrize(
    ("colors", "message"),
    [
        ([1, 2], "shape"),
        (np.zeros((2, 2, 3)), "shape"),
        ([[0, 0, 256]], "256 is not a color channel"),
        ([[0, 0, -1]], "-1 is not a color channel"),
        ([[0, 0.5, 0]], "0.5 is not a color channel"),
        ([[0, float("nan"), 0]], "nan is not a color channel"),
        ([["a", "b", "c"]], "of the type"),
    ],
)
def test_wrong_colors_are_refused(trained, colors, message):
    with pytest.raises(SaekdongError, match=message):
        trained.artifact.predict(colors)


@settings(max_examples=30)
@given(place=PLACE, change=st.integers(1, 255))
def test_a_flipped_byte_is_refused_or_means_nothing(packed, place, change):
    """Some bits mean nothing: in gzip's header, and after the last code of the compressed data."""
    place %= len(packed)
    altered = bytearray(packed)
    altered[place] ^= change
    try:
        loaded = artifact.unpack(bytes(altered))
    except ArtifactError:
        return
    assert artifact.pack(loaded) == packed


@settings(max_examples=30)
@given(place=PLACE)
def test_a_cut_file_is_refused(packed, place):
    with pytest.raises(ArtifactError, match=r"truncated|not a Saekdong model"):
        artifact.unpack(packed[: place % len(packed)])


@settings(max_examples=50)
@given(content=st.binary(max_size=4000), zipped=st.booleans())
def test_any_bytes_are_refused(content, zipped):
    with pytest.raises(ArtifactError):
        artifact.unpack(gzip.compress(content) if zipped else content)


@pytest.mark.slow
@settings(max_examples=40)
@given(name=st.sampled_from(CONTENT), place=PLACE, byte=st.integers(0, 255))
def test_an_altered_member_is_refused_or_read_as_it_says(packed, name, place, byte):
    """Bytes of a member are changed and the checksums made to match, as an attacker would."""
    contents = members(packed)
    content = bytearray(contents[name])
    content[place % min(len(content), 600)] = byte
    try:
        loaded = artifact.unpack(repack({**contents, name: bytes(content)}))
    except ArtifactError:
        return
    assert set(loaded.predict(np.eye(3, dtype=np.uint8) * 255)) <= set(loaded.vocabulary.ids)


def changed_json(packed: bytes, **values: object) -> bytes:
    contents = members(packed)
    return repack({**contents, "model.json": json.dumps({**json.loads(contents["model.json"]), **values}).encode()})


def npy(array: np.ndarray, **options: bool) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda packed: changed_json(packed, format=3), "format version 3"),
        (lambda packed: changed_json(packed, format=True), "format version True"),
        (lambda packed: changed_json(packed, format=2), "format 2 with the members of format 1"),
        (lambda packed: changed_json(packed, format="x"), "format version 'x'"),
        (lambda packed: changed_json(packed, vocabulary=[]), "list of labels"),
        (lambda packed: changed_json(packed, vocabulary=[{"id": "red"}]), "for 1 labels"),
        (lambda packed: repack({**members(packed), "model.json": b"[1]"}), "no format version"),
        (lambda packed: repack({**members(packed), "model.json": b"[" * 100_000}), "not JSON"),
        (lambda packed: repack({**members(packed), "extra.py": b"1"}), "'extra.py' does not belong"),
        (lambda packed: repack({**members(packed), "../../evil": b"1"}), "does not belong"),
        (lambda packed: repack({**members(packed), "/etc/evil": b"1"}), "does not belong"),
        (lambda packed: repack(members(packed), {"link": "/etc/passwd"}), "'link' is not a plain file"),
        (lambda packed: repack({"model.json": members(packed)["model.json"]}), "it has no places.npy"),
        (lambda packed: repack({k: v for k, v in members(packed).items() if k != "model.json"}), "no model.json"),
        (lambda packed: repack({**members(packed), "grid.npy": b"\x80\x04}."}), "not have the form and type"),
        (
            lambda packed: repack({**members(packed), "grid.npy": npy(np.array([{}]), allow_pickle=True)}),
            "not have the form and type",
        ),
        (lambda packed: repack({**members(packed), "runs.npy": npy(np.zeros((1, 64), np.uint8))}), "past the runs"),
        (lambda packed: repack({**members(packed), "grid.npy": npy(np.zeros((4, 4, 4, 14), np.uint8))}), "no probab"),
        *(
            (
                lambda packed, value=value: repack(
                    {**members(packed), "tagger.npy": npy(np.full((344, 14), value, np.float32))}
                ),
                "over a million",
            )
            for value in (np.nan, np.inf, -3e38)
        ),
        (lambda packed: packed + b"more", "something follows"),
        (lambda _: gzip.compress(b"\0" * (300 << 20)), "unpacks to more than 96 MiB"),
        (lambda _: b"x" * (33 << 20), "larger than 32 MiB"),
    ],
)
def test_a_wrong_artifact_is_refused_with_its_fault(packed, tmp_path, change, message):
    path = tmp_path / "model.tar.gz"
    path.write_bytes(change(packed))
    with pytest.raises(ArtifactError, match=message) as refusal:
        saekdong.load(path)
    assert str(path) in str(refusal.value)


class Evil:
    def __reduce__(self):
        return (Path("/tmp/saekdong-was-unpickled").touch, ())  # noqa: S108


def gnu_sparse(name: str, size: int) -> bytes:
    """A tar archive of a member that claims `size` bytes and holds none, in GNU's old format."""
    member = tarfile.TarInfo(name)
    member.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"%011o\0%011o\0" % (size, 0)
    header[483:495] = b"%011o\0" % size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)


def pax_sparse(name: str, size: int) -> bytes:
    """The same in the format of pax."""
    member = tarfile.TarInfo(name)
    member.pax_headers = {"GNU.sparse.map": f"{size},0", "GNU.sparse.size": str(size), "GNU.sparse.realsize": str(size)}
    return member.tobuf(tarfile.PAX_FORMAT) + bytes(1024)


def header(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.USTAR_FORMAT)


def long_comment() -> bytes:
    """An extended header of 60 MB."""
    return header("x", tarfile.XHDTYPE, 60 << 20) + bytes(60 << 20)


def long_map() -> bytes:
    """A sparse map of 50,000 blocks, which are parsed number by number."""
    first = bytearray(gnu_sparse("places.npy", 1)[:512])
    first[482] = 1
    first[148:156] = b" " * 8
    first[148:156] = b"%06o\0 " % sum(first)
    return bytes(first) + (b"%011o\0" % 0 * 42 + b"\1" + bytes(7)) * 50_000 + bytes(1024)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: gnu_sparse("places.npy", 4 << 30), "'places.npy' is not a plain file"),
        (lambda: pax_sparse("places.npy", 4 << 30), "is not a plain file"),
        (long_comment, "'x' is not a plain file"),
        (long_map, "'places.npy' is not a plain file"),
        (lambda: header("./", tarfile.DIRTYPE) * 100_000, "more than 100 headers"),
        (lambda: header("x", tarfile.GNUTYPE_LONGNAME, 60 << 20) + b"x" * (60 << 20), "'x' is not a plain file"),
        (lambda: b"x" + header("model.json")[1:], "a header is damaged"),
        (lambda: header("model.json", size=9), "truncated"),
    ],
)
def test_an_archive_made_to_take_memory_or_time_is_refused(make, told):
    """Memory for what it unpacks to, which is bounded, and not for what its headers claim."""
    content = make()
    bomb = gzip.compress(content)
    tracemalloc.start()
    try:
        with pytest.raises(ArtifactError, match=told):
            artifact.unpack(bomb)
        assert tracemalloc.get_traced_memory()[1] < len(content) * 1.3 + (8 << 20)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"format": 1, "x": "' + b"x" * (2 << 20) + b'"}'])
def test_a_large_or_deep_model_json_is_refused(packed, content):
    with pytest.raises(ArtifactError, match=r"model\.json"):
        artifact.unpack(repack({**members(packed), "model.json": content}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@pytest.mark.slow
@settings(max_examples=100)
@given(key=st.sampled_from(["vocabulary", "format", "tagger", "goals", "metrics"]), value=JSON)
def test_any_json_is_refused_or_read(packed, key, value):
    contents = members(packed)
    info = json.dumps({**json.loads(contents["model.json"]), key: value}).encode()
    try:
        loaded = artifact.unpack(repack({**contents, "model.json": info}))
    except ArtifactError:
        return
    assert loaded.missed_goal in (True, False)


def test_an_unpacked_folder_is_bounded_as_an_archive(trained, tmp_path):
    artifact.save_unpacked(trained.artifact, tmp_path)
    with (tmp_path / "places.npy").open("ab") as file:
        file.truncate(97 << 20)
    with pytest.raises(ArtifactError, match="unpacks to more than 96 MiB"):
        artifact.load(tmp_path)


def test_a_pipe_or_a_device_is_no_model(tmp_path):
    os.mkfifo(tmp_path / "model.tar.gz")
    for place in (tmp_path, tmp_path / "model.tar.gz", Path("/dev/zero")):
        with pytest.raises(SaekdongError, match="not a regular file"):
            artifact.load(place)


def test_a_pickle_inside_is_never_run(packed):
    for content in (pickle.dumps(Evil()), npy(np.array([Evil()], dtype=object), allow_pickle=True)):
        for name in CONTENT:
            with pytest.raises(ArtifactError):
                artifact.unpack(repack({**members(packed), name: content}))
    assert not Path("/tmp/saekdong-was-unpickled").exists()  # noqa: S108


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SaekdongError, match=r"no-model\.tar\.gz: No such file"):
        saekdong.load(tmp_path / "no-model.tar.gz")


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), labels=st.integers(1, 255))
def test_runs_give_back_the_labels(seed, labels):
    random = np.random.default_rng(seed)
    few = random.integers(0, labels, (random.integers(1, 40), 64), dtype=np.uint8)
    table = few[random.integers(0, len(few), 1 << 18)].ravel()
    assert np.array_equal(from_runs(*to_runs(table)), table)


@pytest.mark.parametrize(
    ("info", "missed"),
    [
        ({}, False),
        ({"goals": [{"goal": "accuracy>=0.9", "value": 0.95, "met": True}]}, False),
        ({"goals": [{"goal": "a>=1", "value": 1, "met": True}, {"goal": "b>=1", "value": 0, "met": False}]}, True),
        ({"tagger": {"verdict": "too few to say"}}, False),
        ({"tagger": {"verdict": "worse"}}, True),
        ({"goals": "none", "tagger": None}, False),
    ],
)
def test_a_model_says_whether_it_missed_a_goal_or_teaching_made_it_worse(trained, info, missed):
    assert replace(trained.artifact, info=info).missed_goal is missed


@pytest.mark.slow
@pytest.mark.parametrize(("bound", "missed"), [(0.01, False), (1.0, True)])
def test_training_records_its_goals_in_the_artifact(trained, tmp_path, bound, missed):
    outcomes = check_goals([Goal("accuracy", ">=", bound)], trained.evaluation.figures())
    write_training(tmp_path, trained, None, outcomes, "en")
    loaded = saekdong.load(tmp_path)
    assert loaded.info["goals"] == [{"goal": f"accuracy>={bound:g}", "value": ANY, "met": not missed}]
    assert loaded.missed_goal is missed


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_an_archive_as_others_pack_it_is_read(trained, packed, kind, tmp_path):
    """With the folder itself, names that begin with ./, and times and owners in extended headers."""
    folder = tmp_path / "model"
    folder.mkdir()
    artifact.save_unpacked(trained.artifact, folder)
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz", format=kind) as archive:
        archive.add(folder, ".")
    assert artifact.load(tmp_path / "model.tar.gz").id == artifact.unpack(packed).id
    subprocess.run(["tar", "-czf", tmp_path / "other.tar.gz", "-C", folder, "."], check=True)
    assert artifact.load(tmp_path / "other.tar.gz").id == artifact.unpack(packed).id
