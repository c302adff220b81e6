"""A shop's ordered color labels, with their names in English and Korean and a swatch."""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from saekdong.color.notation import parse_color, to_hex
from saekdong.errors import SaekdongError
from saekdong.files import cannot_read, read_regular
from saekdong.lang import Lang

OTHER = "other"
MOST_LABELS = 255
_MOST_WORD = 200
_ID = re.compile(r"[^\W_][\w-]{0,39}")


@dataclass(frozen=True)
class Label:
    """One color category.

    Attributes:
        id: its name in rows, tags and the API: up to 40 letters, digits, `-` or `_`.
        en: its name in English.
        ko: its name in Korean.
        swatch: a color that represents it, as `#rrggbb`.
        aliases: other words for it in a file of rows.
    """

    id: str
    en: str
    ko: str
    swatch: str
    aliases: tuple[str, ...] = field(default=())

    def name(self, lang: Lang) -> str:
        """Return the display name in `lang`."""
        return self.ko if lang == "ko" else self.en

    def words(self) -> tuple[str, ...]:
        """Return every word that means this label."""
        return (self.id, self.en, self.ko, *self.aliases)


OTHER_LABEL = Label(OTHER, "other", "기타", "#808080")
"""The label of a product that no label of the vocabulary fits."""


@dataclass(frozen=True)
class Vocabulary:
    """A shop's ordered labels.

    Example:
        >>> STARTER.find("Grey").id, STARTER.find("남색").id
        ('gray', 'navy')
        >>> len(STARTER), STARTER.ids[0]
        (14, 'black')
    """

    labels: tuple[Label, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.labels) <= MOST_LABELS:
            raise SaekdongError(f"a vocabulary has 1 to {MOST_LABELS} labels, not {len(self.labels)}")
        meanings: dict[str, str] = {}
        for label in self.labels:
            _check_label(label)
            for word in label.words():
                _check_word(word, label)
                owner = meanings.setdefault(_key(word), label.id)
                if owner != label.id:
                    raise SaekdongError(
                        f"the word {word!r} means both {owner!r} and {label.id!r}",
                        fix="give it to one label only",
                    )

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def __getitem__(self, code: int) -> Label:
        return self.labels[code]

    @property
    def ids(self) -> tuple[str, ...]:
        """The labels' ids, in order."""
        return tuple(label.id for label in self.labels)

    @cached_property
    def _meanings(self) -> dict[str, Label]:
        return {_key(word): label for label in self.labels for word in label.words()}

    def label(self, name: str) -> Label:
        """Return the label with this id; `OTHER_LABEL` for `other`.

        Raises:
            KeyError: there is no such label.
        """
        return OTHER_LABEL if name == OTHER else self._by_id[name]

    @cached_property
    def _by_id(self) -> dict[str, Label]:
        return {label.id: label for label in self.labels}

    def find(self, word: str) -> Label | None:
        """Return the label that `word` means (id, name or alias in any case), or None."""
        return self._meanings.get(_key(word))

    def means_other(self, word: str) -> bool:
        """Return whether `word` means `other`, in English or Korean, in any case, and is not a word of a label."""
        return self.find(word) is None and _key(word) in map(_key, OTHER_LABEL.words())

    def nearest_word(self, word: str) -> str | None:
        """Return the id of the label with the most similar spelling to `word`, or None if none is similar."""
        close = difflib.get_close_matches(_key(word), self._meanings, n=1)
        return self._meanings[close[0]].id if close else None

    def only(self, ids: Iterable[str]) -> "Vocabulary":
        """Return this vocabulary with only the labels in `ids`, in this order."""
        wanted = set(ids)
        return Vocabulary(tuple(label for label in self.labels if label.id in wanted))

    def to_list(self) -> list[dict[str, Any]]:
        """Return the labels as plain dictionaries, for JSON or TOML."""
        return [{key: value for key, value in asdict(label).items() if value != ()} for label in self.labels]

    @classmethod
    def from_list(cls, entries: object) -> "Vocabulary":
        """Build a vocabulary from dictionaries with `id` and, optionally, en, ko, swatch and aliases.

        Raises:
            SaekdongError: an entry lacks its id, has a field of the wrong kind, or contradicts another.
        """
        if not isinstance(entries, list) or not entries:
            raise SaekdongError("a vocabulary is a list of labels", fix="write one [[labels]] table a label")
        return cls(tuple(_label(entry, number) for number, entry in enumerate(entries, start=1)))

    @classmethod
    def from_toml(cls, path: Path) -> "Vocabulary":
        """Read the `[[labels]]` tables of a TOML file.

        Raises:
            SaekdongError: the file cannot be read or has no valid labels.
        """
        try:
            content = tomllib.loads(read_regular(path).decode())
        except OSError as error:
            raise cannot_read(path, error) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SaekdongError(f"{path} is not TOML: {error}", fix="see docs/vocabulary.md for an example") from error
        try:
            return cls.from_list(content.get("labels"))
        except SaekdongError as error:
            raise SaekdongError(f"{path}: {error.problem}", fix=error.fix) from error


def own_label(word: str) -> Label:
    """Return a label of the shop's own for a word of its rows; its swatch is gray.

    The word is normalized to NFC: macOS names files in NFD, where 남색 is `ㄴㅏㅁㅅㅐㄱ`.

    Example:
        >>> own_label("Sky Blue")
        Label(id='sky-blue', en='Sky Blue', ko='Sky Blue', swatch='#808080', aliases=())
    """
    name = unicodedata.normalize("NFC", word)
    return Label(re.sub(r"[^\w]+|_+", "-", name.casefold()).strip("-")[:40] or name, name, name, "#808080")


def _key(word: str) -> str:
    return " ".join(unicodedata.normalize("NFC", word).casefold().replace("_", " ").replace("-", " ").split())


def _check_label(label: Label) -> None:
    if not _ID.fullmatch(label.id):
        raise SaekdongError(
            f"{label.id!r} cannot be a label's id",
            fix="use up to 40 letters, digits, - or _, beginning with a letter or digit",
        )
    if _key(label.id) == OTHER:
        raise SaekdongError(f"{OTHER!r} cannot be a label", fix="it is what a product gets that fits no label")


def _check_word(word: str, label: Label) -> None:
    """Raise for a word that a page or an answer cannot show: unpaired surrogates, control characters, too long."""
    if len(word) > _MOST_WORD or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in word):
        raise SaekdongError(
            f"label {label.id!r}: {word[:40]!r} cannot be a word for it",
            fix=f"use up to {_MOST_WORD} letters without line ends and controls",
        )


def _label(entry: object, number: int) -> Label:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), str):
        raise SaekdongError(f"label {number} has no id", fix='write id = "navy"')
    label_id: str = entry["id"]
    texts = {key: entry.get(key, label_id) for key in ("en", "ko")}
    aliases = entry.get("aliases", ())
    unknown = set(entry) - {"id", "en", "ko", "swatch", "aliases"}
    if unknown or not all(isinstance(text, str) for text in (*texts.values(), *aliases)):
        wrong = ", ".join(sorted(unknown)) or "en, ko or aliases"
        raise SaekdongError(
            f"label {label_id!r}: cannot use {wrong}",
            fix="its fields are id, en, ko, swatch (texts) and aliases (a list of texts)",
        )
    try:
        swatch = to_hex(parse_color(str(entry.get("swatch", "#808080"))))
    except ValueError as error:
        raise SaekdongError(f"label {label_id!r}: swatch: {error}") from error
    return Label(label_id, texts["en"], texts["ko"], swatch, tuple(aliases))


STARTER = Vocabulary(
    (
        Label("black", "black", "검정", "#1b1b1d", ("블랙", "검은색", "검정색")),
        Label("white", "white", "흰색", "#f7f6f2", ("화이트", "하양", "하얀색")),
        Label("gray", "gray", "회색", "#8c8d8f", ("grey", "그레이")),
        Label("red", "red", "빨강", "#c8202f", ("레드", "빨간색")),
        Label("orange", "orange", "주황", "#f0802a", ("오렌지", "주황색")),
        Label("yellow", "yellow", "노랑", "#f4cf3a", ("옐로우", "옐로", "노란색")),
        Label("green", "green", "초록", "#3c8a45", ("그린", "초록색", "녹색")),
        Label("blue", "blue", "파랑", "#2f6fc4", ("블루", "파란색")),
        Label("navy", "navy", "남색", "#1f2a52", ("네이비", "navy blue", "곤색")),
        Label("mint", "mint", "민트", "#a5dccb", ("민트색",)),
        Label("violet", "violet", "보라", "#7b4aa0", ("purple", "보라색", "퍼플", "바이올렛")),
        Label("pink", "pink", "분홍", "#f09ab8", ("핑크", "분홍색")),
        Label("brown", "brown", "갈색", "#7a4e2d", ("브라운", "밤색")),
        Label("beige", "beige", "베이지", "#dcc9a8", ("베이지색",)),
    )
)
"""The vocabulary that works out of the box: 14 labels."""
