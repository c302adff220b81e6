"""Models that are made to take memory or time, to reach other files, or to run code."""

import gzip
import io
import json
import pickle
import tarfile
import zlib
from collections.abc import Callable, Mapping
from random import Random

import numpy as np

from fuzz.drawing import drawn

_MEGABYTE = 1 << 20

_ARRAYS = ("places_npy", "runs_npy", "grid_npy", "tagger_npy", "centers_npy", "weights_npy", "widths_npy")


def _files(**changes: bytes) -> dict[str, bytes]:
    from fuzz.artifacts import small

    return {**small(taught=True), **{name.replace("_", "."): content for name, content in changes.items()}}


def _packed(contents: Mapping[str, bytes]) -> bytes:
    from fuzz.artifacts import packed

    return packed(contents)


def _with_members(*members: tuple[tarfile.TarInfo, bytes], kind: int = tarfile.GNU_FORMAT) -> bytes:
    """Return a model with more members in front."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:", format=kind) as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    from fuzz.artifacts import tarred

    front = stream.getvalue().rstrip(b"\0")
    return gzip.compress(front + bytes(-len(front) % 512) + tarred(_files()), 1)


def _member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, **fields: object) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    for field, value in fields.items():
        setattr(member, field, value)
    return member


# --- gzip and tar ------------------------------------------------------------------------------------------------


def gzip_bomb(rng: Random) -> bytes:
    """Zeros that pack a thousandfold, alone or after a model."""
    packer = zlib.compressobj(9, wbits=31)
    count = drawn(rng, 1, 2000)
    zeros = bytes(_MEGABYTE)
    content = b"".join(packer.compress(zeros) for _ in range(count)) + packer.flush()
    return content if rng.random() < 0.5 else _packed(_files()) + content


def gzip_members(rng: Random) -> bytes:
    """Very many gzip members after one another, empty or not."""
    member = gzip.compress(rng.choice((b"", b"x", bytes(_MEGABYTE))), 9)
    return member * drawn(rng, 2, 200_000 if len(member) < 100 else 20_000)


def gzip_headers(rng: Random) -> bytes:
    """A gzip header with a name or an extra field of megabytes."""
    flag, field = rng.choice(
        ((8, b"n" * drawn(rng, 10, 20_000_000)), (4, b"\xff\xff" + bytes(65535)), (16, b"c" * 1000))
    )
    return b"\x1f\x8b\x08" + bytes([flag]) + bytes(6) + field + b"\0" + _packed(_files())[10:]


def links(rng: Random) -> bytes:
    """Links, devices and pipes in place of files, and paths that leave the folder."""
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
    name = rng.choice(
        ("model.json", "tagger.npy", "./model.json", "../../etc/passwd", "/etc/passwd", ".", "", "a/" * 40)
    )
    target = rng.choice(("/etc/passwd", "/dev/zero", "model.json", "../model.json"))
    return _with_members((_member(name, rng.choice(kinds), linkname=target, devmajor=1, devminor=5), b""))


def pax_headers(rng: Random) -> bytes:
    """Extended headers of megabytes, in great number, or with lies about the size."""
    headers = rng.choice(
        (
            {"comment": "x" * drawn(rng, 1000, 60_000_000)},
            {f"key{n}": "x" for n in range(drawn(rng, 10, 300_000))},
            {"size": rng.choice(("-1", "99999999999999999999", "1e9", "x", "0"))},
            {"path": "x" * drawn(rng, 10, 10_000_000)},
            {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9999999999999"},
            {"GNU.sparse.map": "0,1," * drawn(rng, 10, 1_000_000), "GNU.sparse.size": "999999999999"},
            {"GNU.sparse.numblocks": "1", "GNU.sparse.offset": "9" * 5000},
            {"hdrcharset": "BINARY", "path": "\udcff"},
            {"mtime": "9" * 5000, "uid": "1e400"},
        )
    )
    member = _member("model.json", size=2, pax_headers=headers)
    return _with_members((member, b"{}"), kind=tarfile.PAX_FORMAT)


def long_names(rng: Random) -> bytes:
    """GNU's long names of megabytes, or many in a row."""
    name = "x" * drawn(rng, 200, 30_000_000)
    if rng.random() < 0.5:
        return _with_members((_member(name), b""))
    header = _member("././@LongLink", tarfile.GNUTYPE_LONGNAME, 512).tobuf(tarfile.GNU_FORMAT)
    return gzip.compress((header + b"x" * 512) * drawn(rng, 10, 60_000) + bytes(1024), 1)


def sparse(rng: Random) -> bytes:
    """A sparse member that claims terabytes, with a long map."""
    header = bytearray(_member("model.json", tarfile.GNUTYPE_SPARSE, 512).tobuf(tarfile.GNU_FORMAT))
    for place in range(386, 386 + 4 * 24, 12):
        header[place : place + 12] = b"%011o\0" % rng.choice((0, 1, 8**11 - 1))
    header[482] = 1
    header[483:495] = b"%011o\0" % (8**11 - 1)
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 256 + sum(header[156:512]))
    more = b"".join(b"%011o\0" % 0 for _ in range(42)) + b"\1" + bytes(7)
    return gzip.compress(bytes(header) + more * drawn(rng, 1, 100_000) + bytes(1024), 1)


def many_members(rng: Random) -> bytes:
    """Very many members, all called the same, nothing, or the folder."""
    name, kind = rng.choice((("model.json", tarfile.REGTYPE), (".", tarfile.DIRTYPE), ("./", tarfile.DIRTYPE)))
    header = _member(name, kind).tobuf(tarfile.USTAR_FORMAT)
    from fuzz.artifacts import tarred

    return gzip.compress(header * drawn(rng, 2, 150_000) + tarred(_files()), 1)


def sizes(rng: Random) -> bytes:
    """A member whose size is negative, huge or no number."""
    header = bytearray(_member("model.json").tobuf(tarfile.USTAR_FORMAT))
    header[124:136] = rng.choice((b"\xff" * 12, b"\x80" + b"\xff" * 11, b"7" * 11 + b"\0", b"x" * 12, b"-0000000001\0"))
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 256 + sum(header[156:512]))
    return gzip.compress(bytes(header) + bytes(drawn(rng, 512, 50_000_000)), 1)


# --- JSON --------------------------------------------------------------------------------------------------------


def _info(**changes: object) -> dict[str, object]:
    return {**json.loads(_files()["model.json"]), **changes}


def odd_json(rng: Random) -> bytes:
    """Deep, long, doubled and wrong values in model.json."""
    field = rng.choice(("tagger", "goals", "format", "vocabulary", "space", "kind", "metrics", "x"))
    depth, count = drawn(rng, 10, 300_000), drawn(rng, 10, 900_000)
    value = rng.choice(
        (
            *("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "9" * count, "1e999999", "NaN", "-0"),
            *(
                '"' + "x" * count + '"',
                "[" + "1," * (count // 2) + "1]",
                '"\\ud800"',
                "true",
                "null",
                "[]",
                "{}",
                "[[]]",
            ),
            *(
                '"x"',
                "1.0",
                "[{}]",
                '[{"met": false}]',
                '{"features": {}}',
                '{"features": [1]}',
                '"' + "\\u0000" * 9 + '"',
            ),
        )
    )
    text = json.dumps(_info())
    return _packed(_files(model_json=f'{text[:-1]}, "{field}": {value}}}'.encode()))


def vocabularies(rng: Random) -> bytes:
    """Vocabularies of long, many, equal and unprintable words."""
    odd = rng.choice(
        ("\ud800", "\0", "\n", "\u202e", "x" * drawn(rng, 10, 900_000), "<script>", "e" + "\u0301" * 100_000, "")
    )
    labels = json.loads(_files()["model.json"])["vocabulary"]
    match rng.randrange(4):
        case 0:
            labels[0][rng.choice(("en", "ko", "swatch", "id"))] = odd
        case 1:
            labels[0]["aliases"] = [f"{odd[:3]}{n}" for n in range(drawn(rng, 1, 60_000))]
        case 2:
            labels[0]["aliases"] = rng.choice(([odd], odd[:5000], {"a": 1}, [[odd[:5]]], None, 5))
        case _:
            labels = labels * drawn(rng, 2, 5000)
    return _packed(_files(model_json=json.dumps(_info(vocabulary=labels)).encode()))


# --- arrays ------------------------------------------------------------------------------------------------------


class _Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("__import__('os')._exit(3)",)


def headers(rng: Random) -> bytes:
    """Array headers that claim huge shapes, other types and orders, or hold code."""
    texts = (
        "{'descr': '|u1', 'fortran_order': False, 'shape': (999999999, 999999999), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (344, 3), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': [('a', '<u4')], 'fortran_order': False, 'shape': (262144,), }",
        "{'descr': '<u4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<u4', 'fortran_order': False, 'shape': (0, 4), }",
        "__import__('os')._exit(3)",
        "{'descr': __import__('os')._exit(3), 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<u4', 'fortran_order': False, 'shape': " + "(" * 5000 + ")" * 5000 + ", }",
        "{'descr': '<u4', 'fortran_order': False, 'shape': (" + "9" * 5000 + ",), }",
        "{'descr': '>u4', 'fortran_order': False, 'shape': (262144,), }",
    )
    text = rng.choice(texts).encode() + b" " * drawn(rng, 1, 50_000) + b"\n"
    version, width = rng.choice(((1, 2), (2, 4), (3, 4), (9, 2)))
    length = rng.choice((len(text), 0xFFFF, 0))
    content = b"\x93NUMPY" + bytes([version, 0]) + (length & 0xFFFF).to_bytes(width, "little") + text
    body = rng.choice((b"", bytes(1 << 20), pickle.dumps(_Runs())))
    return _packed(_files(**{rng.choice(_ARRAYS): content + body}))


def shapes(rng: Random) -> bytes:
    """Arrays of other shapes and values: empty, large, not finite, of other sizes than the features."""
    from fuzz.artifacts import array

    rows, value = (
        rng.choice((0, 1, 10, 343, 344, 345, 100_000)),
        rng.choice((0, 1, -1, 3e38, -3e38, 1e-45, np.nan, np.inf)),
    )
    changed = {
        "tagger_npy": array(np.full((rows, 3), value, np.float32)),
        "grid_npy": array(
            np.zeros(rng.choice(((64, 64, 64, 3), (4, 4, 4, 3), (1, 1, 1, 3), (64, 64, 64, 255))), np.uint8)
        ),
        "runs_npy": array(
            np.full(rng.choice(((1 << 18, 64), (0, 64), (1, 64), (1, 65))), rng.choice((0, 2, 255)), np.uint8)
        ),
        "places_npy": array(np.full(rng.choice((0, 1 << 18, 1 << 19)), rng.choice((0, 1, 1 << 31)), np.uint32)),
    }
    names = rng.sample(sorted(changed), rng.choice((1, 1, 2, 4)))
    return _packed(_files(**{name: changed[name] for name in names}))


def archives(rng: Random) -> bytes:
    """NumPy archives and pickles in place of arrays."""
    stream = io.BytesIO()
    np.savez_compressed(stream, a=np.zeros(drawn(rng, 1000, 50_000_000), np.uint8))
    content = rng.choice((stream.getvalue(), pickle.dumps(_Runs()), b"PK\x03\x04"))
    return _packed(_files(**{rng.choice(_ARRAYS): content}))


_ALL: tuple[Callable[[Random], bytes], ...] = (
    *(gzip_bomb, gzip_members, gzip_headers, links, pax_headers, long_names, sparse, many_members, sizes, odd_json),
    *(vocabularies, headers, shapes, archives),
)
BOMBS = {make.__name__: make for make in _ALL}
