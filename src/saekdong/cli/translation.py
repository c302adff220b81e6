"""Help and messages of the command line in Korean: gettext with locale/ko, made by scripts/make_translations.py."""

import copy
import gettext
import os
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import cleandoc
from itertools import zip_longest
from pathlib import Path

import click

from saekdong.lang import LANGS, Lang, locale_lang

LOCALES = Path(__file__).parent / "locale"
DOMAIN = "saekdong"
_VARIABLE = "SAEKDONG_LANG"
_FILLER = "\ue000"
"""Stands behind each letter that is two columns wide, so that click, which counts letters, wraps lines in time."""


class _Formatter(click.HelpFormatter):
    def getvalue(self) -> str:
        return super().getvalue().replace(_FILLER, "")


class Context(click.Context):
    """A context whose help may hold letters that are two columns wide."""

    formatter_class = _Formatter


def language(arguments: Sequence[str], settings: Mapping[str, object]) -> Lang:
    """Return the language of help and messages: `--lang`, SAEKDONG_LANG, the workspace's, otherwise the locale's."""
    for given, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        if given == "--":
            break
        value = following if given == "--lang" else given.removeprefix("--lang=")
        if given.startswith("--lang") and value in LANGS:
            return value
    chosen = os.environ.get(_VARIABLE) or settings.get("lang")
    return chosen if chosen in LANGS else locale_lang()


@contextmanager
def speaking(lang: Lang) -> Iterator[None]:
    """Let click's messages and `translated` commands be in this language until the end of the block."""
    before = {name: os.environ.get(name) for name in ("LANGUAGE", _VARIABLE)}
    domain = gettext.textdomain()
    gettext.bindtextdomain(DOMAIN, str(LOCALES))
    gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = lang
    try:
        yield
    finally:
        gettext.textdomain(domain)
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def is_korean() -> bool:
    """Return whether Korean is spoken now."""
    return gettext.textdomain() == DOMAIN and os.environ.get("LANGUAGE") == "ko"


def translated(command: click.Command) -> click.Command:
    """Return a copy of a command, and of those in it, whose help is in the language that is spoken."""
    made = copy.copy(command)
    made.context_class = Context
    made.help = "\n\n".join(map(_wide, map(gettext.gettext, paragraphs(command.help))))
    if command.epilog:
        examples = command.epilog.replace("Examples:", gettext.gettext("Examples:"))
        made.epilog = examples if "\b" in examples else _wide(gettext.gettext(examples))
    made.params = [copy.copy(parameter) for parameter in command.params]
    for parameter in made.params:
        if isinstance(parameter, click.Option):
            parameter.help = parameter.help and _wide(gettext.gettext(parameter.help))
            if isinstance(parameter.show_default, str):
                parameter.show_default = _wide(gettext.gettext(parameter.show_default))
    if isinstance(made, click.Group):
        made.commands = {name: translated(part) for name, part in made.commands.items()}
    return made


def paragraphs(text: str | None) -> list[str]:
    """Return a help text's paragraphs, each on one line, as they are translated."""
    return [" ".join(part.split()) for part in cleandoc(text or "").split("\n\n") if part.strip()]


def _wide(text: str) -> str:
    return "".join(f"{letter}{_FILLER}" if unicodedata.east_asian_width(letter) in "WF" else letter for letter in text)
