"""HEIC files of a few bytes that ask for much: items that name the same bytes many times, grids, layers."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heif_files import Coded, box, full, grid, heif, size
from saekdong.photo.heif import HeifWork, heif_work
from saekdong.photo.reading import PhotoError, read_photo

SIDE = 256
CODED = Coded(SIDE)
PICTURE = (b"hvc1", [(0, len(CODED.data))], False)
OWN = [0x81, 2, 3]
TAIL = bytes(100_000)


def tiled(rows, columns):
    width, height = SIDE * columns, SIDE * rows
    data = grid(rows, columns, width, height)
    items = {1: PICTURE, 2: (b"grid", [(0, len(data))], True)}
    made_of = [(b"dimg", 2, [1] * (rows * columns))]
    return heif(CODED, items, {1: OWN, 2: [4, 3]}, made_of, 2, data, more=[size(width, height)])


def hidden(count):
    """A grid that shows its first tile and lists it many times more."""
    data = grid(1, 1, SIDE, SIDE)
    items = {1: PICTURE, 2: (b"grid", [(0, len(data))], True)}
    return heif(CODED, items, {1: OWN, 2: [2, 3]}, [(b"dimg", 2, [1] * count)], 2, data)


def layered(depth, each):
    """Layers made of layers: `each` to the power of `depth` pictures."""
    items, made_of, properties = {1: PICTURE}, [], {1: OWN}
    data = struct.pack(">BB4HII", 0, 0, 0, 0, 0, 0, SIDE, SIDE)
    for number in range(2, depth + 2):
        items[number] = (b"iovl", [(0, len(data))], True)
        made_of.append((b"dimg", number, [number - 1] * each))
        properties[number] = [2, 3]
    return heif(CODED, items, properties, made_of, depth + 1, data)


def described(items, extents):
    """A picture with Exif items that all name the same bytes."""
    behind = (len(CODED.data), len(TAIL))
    exif = {number: (b"Exif", [behind] * extents, False) for number in range(2, items + 2)}
    about = [(b"cdsc", number, [1]) for number in exif]
    return heif(CODED, {1: PICTURE, **exif}, {1: OWN}, about, data=TAIL)


def itself():
    items = {1: PICTURE, 2: (b"iden", [], False), 3: (b"iden", [], False)}
    return heif(CODED, items, {1: OWN, 2: [2, 3], 3: [2, 3]}, [(b"dimg", 2, [3]), (b"dimg", 3, [2])], 2)


@pytest.mark.parametrize("make", [lambda: tiled(1, 1), lambda: tiled(3, 4), lambda: described(1, 1)])
def test_photos_as_cameras_write_them_are_read(make):
    assert tuple(read_photo(make(), 64).pixels[0, 0] // 16) == (12, 1, 1)


BUSY = {
    "a tile many times": lambda: hidden(2_000),
    "layers of layers": lambda: layered(7, 50),
    "an Exif item in many parts": lambda: described(1, 32),
    "many Exif items": lambda: described(40, 1),
    "an image made of itself": itself,
    "too many items": lambda: described(200, 600),
}


@pytest.mark.parametrize("make", BUSY.values(), ids=list(BUSY))
def test_photos_that_ask_for_more_than_they_are_cost_nothing(make):
    with pytest.raises(PhotoError) as caught:
        read_photo(make(), 64)
    assert caught.value.code == "damaged"


def test_the_work_of_a_grid_is_that_of_its_tiles():
    assert heif_work(tiled(3, 4)).pixels == 12 * SIDE * SIDE
    assert heif_work(heif(CODED, {1: PICTURE}, {1: OWN})) == HeifWork(len(CODED.data), SIDE * SIDE)


def test_an_item_without_a_length_is_the_whole_file():
    places = full(b"iloc", 1, b"\x40\0", struct.pack(">H4HI", 1, 1, 0, 0, 1, 0))
    content = box(b"ftyp", b"heic") + full(b"meta", 0, places)
    assert heif_work(content).loaded == len(content)


@given(st.data())
def test_damaged_boxes_are_told_apart_or_measured(data):
    content = bytearray(data.draw(st.sampled_from([tiled(2, 2), described(2, 2), layered(2, 2)]))[:2_000])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        work = heif_work(bytes(content[: data.draw(st.integers(0, len(content)))]))
    except ValueError:
        return
    assert work.loaded >= 0
    assert work.pixels >= 0
