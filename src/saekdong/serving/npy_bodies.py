"""Colors in NumPy's own format, `application/x-npy`, and labels out of it.

https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import io
import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.entrance.errors import RequestError
from saekdong.serving.bodies import Colors

_HEADER = re.compile(
    rb"\x93NUMPY(?:\x01\x00..|[\x02\x03]\x00....)"
    rb"\{'descr': '(?P<type>[^']{1,20})', 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>[0-9]{1,9}(?:, ?[0-9]{1,9}){0,3})?,?\),? ?\} *\n",
    re.DOTALL,
)
_TYPE = re.compile(rb"[<>|=]?[iuf][1248]")
_EXPECTED = "expected integers or floats of the shape (N, 3) or (3,)"


def npy_colors(body: bytes) -> Colors:
    """Return the colors of an array, uint8 (N, 3), or (3,) for one color.

    Only the type and shape in the header are read, by a pattern, and they must agree with the length of the body before
    anything is allocated. Objects, which need pickle, are refused.

    Raises:
        RequestError: 400, it is not such an array; 422, it has another type or shape, or a value is not a channel.
    """
    values = _array(body)
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    with np.errstate(invalid="ignore"):  # NaN and infinity, which the comparison then refuses
        whole = (values >= 0) & (values <= 255) & (values == np.floor(values))
    if not whole.all():
        place = tuple(int(number) for number in np.argwhere(~whole)[0])
        where = "".join(f"[{number}]" for number in place)
        raise RequestError(
            422, "bad-value", f"the array{where} is {values[place]}; expected whole numbers from 0 to 255"
        )
    return values.astype(np.uint8, order="C")


def _array(body: bytes) -> NDArray[Any]:
    header = _HEADER.match(body)
    if header is None:
        raise RequestError(400, "not-npy", f"the body is not an array as numpy.save writes it; {_EXPECTED}")
    kind = header["type"].decode("latin-1")
    if not _TYPE.fullmatch(header["type"]) or kind[-2:] == "f1":
        raise RequestError(422, "bad-type", f"the array is of the type {kind}; {_EXPECTED}")
    shape = tuple(int(length) for length in (header["shape"] or b"").split(b",") if length.strip())
    if len(shape) not in (1, 2) or shape[-1] != 3:
        raise RequestError(422, "bad-shape", f"the array has the shape {shape}; {_EXPECTED}")
    dtype = np.dtype(kind)
    if math.prod(shape) * dtype.itemsize != len(body) - header.end():
        raise RequestError(400, "not-npy", "the array is longer or shorter than its header says")
    values = np.frombuffer(body, dtype=dtype, offset=header.end())
    return values.reshape(shape[::-1]).T if header["fortran"] == b"True" else values.reshape(shape)


def to_npy(array: NDArray[Any]) -> bytes:
    """Write an array without objects."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()
