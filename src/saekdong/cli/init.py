"""`saekdong init`: create a workspace."""

from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.lang import Lang
from saekdong.workspace import SETTINGS_FILE

_SETTINGS = """\
# The settings of this shop's Saekdong. A key at the top sets that option of every command that has it;
# a table such as [train] sets options of that command only. Options and SAEKDONG_* variables override this file.
lang = "{lang}"

[train]
budget = 120

# The shop's own color labels, in the order in which it shows them. Without any, the 14 starter labels are used.
#
# [[labels]]
# id = "navy"
# en = "navy"
# ko = "남색"
# swatch = "#1f2a52"
# aliases = ["네이비"]
"""


@click.command(epilog=options.examples("saekdong init", "saekdong init my-shop --lang ko"))
@click.argument("folder", type=options.FILE, default=Path())
@options.lang
def command(folder: Path, lang: Lang) -> int:
    """Make FOLDER (by default this one) a workspace: write its saekdong.toml, with comments."""
    from saekdong.files import write_whole

    target = folder / SETTINGS_FILE
    if target.exists():
        raise SaekdongError(f"{target} already exists", fix="edit it, or remove it first")
    write_whole(target, _SETTINGS.format(lang=lang))
    click.echo(str(target))
    show.message("next: saekdong data check ROWS, then saekdong train ROWS")
    return 0
