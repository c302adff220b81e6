"""Google Merchant Center's XML, RSS 2.0 and Atom, read as a stream; no document types, so no entities."""

import codecs
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any, BinaryIO
from xml.parsers import expat

from saekdong.catalog.feeds.entries import FeedError, FeedRow, FeedRows
from saekdong.catalog.feeds.rows import plain_column, share

_ITEMS = ("item", "entry")
_MOST_DEPTH = 50
_MOST_TEXT = 1 << 20
_MOST_ITEM = 4 << 20
_MOST_TOKEN = 1 << 20
_MOST_FIELDS = 2_000
_CHUNK = 1 << 16
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([\w-]+)["']""")
_KOREAN = ("euc-kr", "cp949", "ms949", "uhc", "ks_c_5601-1987")


def is_xml(start: bytes) -> bool:
    """Return whether a file that begins with these bytes is XML."""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"<", b"<\0", b"\xff\xfe<", b"\xfe\xff\0<"))


def read_xml(file: BinaryIO, name: str) -> FeedRows:
    """Read the items of a feed, each a row; fields that occur several times are lists.

    Args:
        file: open as long as the rows are read; one that can seek.
        name: what people call it.

    Raises:
        FeedError: it is not XML, has a document type, or no item.
    """
    size = max(file.seek(0, 2), 1)
    file.seek(0)
    rows = _read(file, name)
    first = next(rows, None)
    if first is None:
        raise FeedError(f"{name} has no <item> and no <entry>", fix="give a Google Merchant Center feed")
    return FeedRows(name, frozenset(first.values), chain([first], rows), partial(share, file, size), fixed=False)


def _read(file: BinaryIO, name: str) -> Iterator[FeedRow]:
    items = _Items(name)
    start = file.read(_CHUNK)
    declared = _DECLARED.search(start[:200])
    is_korean = bool(declared) and declared[1].decode().lower() in _KOREAN  # type: ignore[index]
    parser = expat.ParserCreate("utf-8" if is_korean else None)
    parser.buffer_text = True
    parser.StartElementHandler = partial(items.begin, parser)
    parser.EndElementHandler = items.end
    parser.CharacterDataHandler = items.text
    parser.StartDoctypeDeclHandler = items.refuse_document_type
    decode = _korean() if is_korean else bytes
    given = 0
    try:
        while start:
            content = decode(start)
            given += len(content)
            parser.Parse(content)
            if given - parser.CurrentByteIndex > _MOST_TOKEN:
                # Older versions of expat read a long comment, tag or attribute from its beginning with every piece.
                where, most = f"{name}, line {parser.CurrentLineNumber:,}", f"{_MOST_TOKEN >> 20} MiB"
                raise FeedError(f"{where}: a comment or a tag of more than {most}", fix="shorten it")
            yield from items.taken()
            start = file.read(_CHUNK)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        why = expat.ErrorString(error.code)
        raise FeedError(f"{name}, line {error.lineno:,}: {why}", fix="fix the XML there") from error
    except (LookupError, ValueError) as error:
        raise FeedError(f"{name}: its encoding cannot be read ({error})", fix="save it in UTF-8") from error
    yield from items.taken()


def _korean() -> Callable[[bytes], bytes]:
    """Return what turns pieces of CP949 into UTF-8; expat knows no encoding of several bytes but Unicode's."""
    decoder = codecs.getincrementaldecoder("cp949")()
    return lambda content: decoder.decode(content).encode()


class _Items:
    """The parser's state: the items so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready: list[FeedRow] = []
        self.depth = 0
        self.item_depth = 0
        self.values: dict[str, Any] = {}
        self.prefixed: set[str] = set()
        self.pieces: list[str] = []
        self.length = 0
        self.room = 0
        self.fields = 0
        self.line = 0

    def taken(self) -> list[FeedRow]:
        """Return the items that are complete, and forget them."""
        ready, self.ready = self.ready, []
        return ready

    def begin(self, parser: Any, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == 1 and tag.lower() == "html":
            self.refuse_document_type(tag)
        if self.depth > _MOST_DEPTH:
            raise FeedError(f"{self.name} is nested more than {_MOST_DEPTH} deep", fix="give a feed of items")
        if not self.item_depth and tag in _ITEMS:
            self.item_depth = self.depth
            self.line = parser.CurrentLineNumber
            self.values, self.prefixed, self.fields, self.room = {}, set(), 0, _MOST_ITEM
        elif self.depth == self.item_depth + 1:
            self.pieces, self.length = [], 0
            if tag == "link" and "href" in attributes:
                self.pieces = [attributes["href"]]

    def text(self, text: str) -> None:
        if self.item_depth and self.depth == self.item_depth + 1:
            self.length += len(text)
            self.room -= len(text)
            if self.room < 0:
                raise FeedError(f"{self.name} has an item of more than {_MOST_ITEM >> 20} MiB", fix="shorten it")
            if self.length > _MOST_TEXT:
                raise FeedError(f"{self.name} has a field longer than {_MOST_TEXT >> 20} MiB", fix="shorten it")
            self.pieces.append(text)

    def end(self, tag: str) -> None:
        if self.item_depth and self.depth == self.item_depth + 1:
            self._field(tag)
        elif self.item_depth and self.depth == self.item_depth:
            self.ready.append(FeedRow(self.line, self.values))
            self.item_depth = 0
        self.depth -= 1

    def refuse_document_type(self, kind: str, *_: object) -> None:
        if kind.lower() == "html":
            raise FeedError(f"{self.name} is a web page, no feed", fix="check its address, and who may read it")
        raise FeedError(f"{self.name} has a document type", fix="remove <!DOCTYPE ...>: its entities are not read")

    def _field(self, tag: str) -> None:
        """Keep a field; what stands in Google's namespace wins over RSS's and Atom's own."""
        self.fields += 1
        if self.fields > _MOST_FIELDS:
            raise FeedError(f"{self.name} has an item of more than {_MOST_FIELDS:,} fields", fix="give a feed of items")
        prefix, _, local = tag.rpartition(":")
        field, text = plain_column(local), "".join(self.pieces)
        if prefix and field not in self.prefixed:
            self.prefixed.add(field)
            self.values[field] = text
        elif field not in self.values:
            self.values[field] = text
        elif bool(prefix) == (field in self.prefixed):
            before = self.values[field]
            self.values[field] = [*before, text] if isinstance(before, list) else [before, text]
