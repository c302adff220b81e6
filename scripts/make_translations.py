"""Make the translations of the command line, src/saekdong/cli/locale/ko/LC_MESSAGES/saekdong.po and .mo.

    python scripts/make_translations.py            updates the .po by the texts of the commands, and compiles the .mo
    python scripts/make_translations.py --check    changes nothing; exit code 1 if a text has no translation

Texts come from the commands' help (a paragraph each), their options' help, click itself, and `gettext(...)` in
cli/app.py. A new one gets an empty translation in the .po: fill it in, and run the script again.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from saekdong.cli import app as cli_app
from saekdong.cli.translation import DOMAIN, LOCALES, paragraphs

PO = LOCALES / "ko" / "LC_MESSAGES" / f"{DOMAIN}.po"
SINCE = datetime(2026, 11, 27, tzinfo=UTC)
"""A date that stays, so that the files are the same whenever they are made."""

KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
CLICK = ("core.py", "decorators.py", "exceptions.py", "formatting.py", "parser.py", "types.py")


def main() -> None:
    """Update or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    catalog = updated()
    missing = [message.id for message in catalog if message.id and not translation(message.string)]
    for text in missing:
        print(f"not translated: {text!r}", file=sys.stderr)
    if not check:
        PO.write_bytes(po(catalog))
        PO.with_suffix(".mo").write_bytes(mo(catalog))
    sys.exit(1 if missing and check else 0)


def translation(string: str | tuple[str, ...]) -> str:
    """Return a message's translation; of several forms the first."""
    return string if isinstance(string, str) else string[0]


def updated() -> Catalog:
    """Return the stored translations of all texts that there are now, and empty ones of new texts."""
    stored = read_po(io.BytesIO(PO.read_bytes() if PO.exists() else b""), locale="ko")
    catalog = Catalog(
        locale="ko",
        domain=DOMAIN,
        fuzzy=False,
        header_comment="# Korean texts of the command line: fill in, then run scripts/make_translations.py",
        project="Saekdong",
        version="1",
        creation_date=SINCE,
        revision_date=SINCE,
        last_translator="Saekdong",
        language_team="Saekdong",
        msgid_bugs_address="https://github.com/saekdong/saekdong/issues",
    )
    for text in dict.fromkeys(texts()):
        key = text if isinstance(text, str) else text[0]
        known = stored.get(key)
        catalog.add(text, known.string if known else "")
    return catalog


def texts() -> Iterator[str | tuple[str, ...]]:
    """Yield each text of the command line; of a plural both forms."""
    yield "Examples:"
    with click.Context(cli_app.app) as context:
        yield from _help(cli_app.app, context)
    assert cli_app.__file__ is not None  # noqa: S101
    for _, text, _, _ in extract_from_file("python", cli_app.__file__, keywords=KEYWORDS):
        yield text
    for name, _, text, _, _ in extract_from_dir(
        str(Path(click.__file__).parent), method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        if name in CLICK:
            yield text


def _help(command: click.Command, context: click.Context) -> Iterator[str]:
    yield from paragraphs(command.help)
    if command.epilog and "\b" not in command.epilog:
        yield command.epilog
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield from (text for text in (parameter.help, parameter.show_default) if text and isinstance(text, str))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inside = command.get_command(context, name)
            assert inside is not None  # noqa: S101
            yield from _help(inside, context)


def po(catalog: Catalog) -> bytes:
    """Return translations as a .po file."""
    file = io.BytesIO()
    write_po(file, catalog, width=120, omit_header=False, sort_output=False)
    return file.getvalue()


def mo(catalog: Catalog) -> bytes:
    """Return translations as a .mo file."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


if __name__ == "__main__":
    main()
