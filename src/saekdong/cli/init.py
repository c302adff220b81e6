"""`saekdong init`: create a workspace, and name the commands that fit what lies in it."""

import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.lang import Lang
from saekdong.workspace import SETTINGS_FILE

_SETTINGS = {
    "en": """\
# The settings of this shop's Saekdong. A key at the top sets that option of every command that has it;
# a table such as [train] sets options of that command only. Options and SAEKDONG_* variables override this file.
lang = "en"

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
""",
    "ko": """\
# 이 가게의 색동 설정입니다. 맨 위의 값은 그 옵션이 있는 모든 명령에 쓰이고, [train] 같은 표는 그 명령에만 쓰입니다.
# 명령줄의 옵션과 SAEKDONG_* 환경 변수가 이 파일보다 앞섭니다.
lang = "ko"

[train]
budget = 120

# 가게의 색 라벨, 보여 줄 순서대로. 하나도 없으면 기본 라벨 14개를 씁니다.
#
# [[labels]]
# id = "navy"
# en = "navy"
# ko = "남색"
# swatch = "#1f2a52"
# aliases = ["네이비"]
""",
}
_NEXT = {"en": "next:", "ko": "다음:"}
_TABLES = frozenset((".csv", ".tsv", ".jsonl", ".ndjson", ".xml", ".parquet"))
_MOST = 200
"""So many files and folders are looked at; `init` may be run in any folder."""


@click.command(epilog=options.examples("saekdong init", "saekdong init my-shop --lang ko"))
@click.argument("folder", type=options.FILE, default=Path())
@options.lang
def command(folder: Path, lang: Lang) -> int:
    """Make FOLDER (by default this one) a workspace: write its saekdong.toml, with comments."""
    from saekdong.files import write_whole

    target = folder / SETTINGS_FILE
    if target.exists():
        raise SaekdongError(f"{target} already exists", fix="edit it, or remove it first")
    write_whole(target, _SETTINGS[lang])
    click.echo(str(target))
    show.message(_NEXT[lang])
    for each in dict.fromkeys(_fitting(folder)):
        show.message(f"  saekdong {each}")
    return 0


def _fitting(folder: Path) -> Iterator[str]:
    """Yield the commands that fit what lies in a folder: rows, labeled photos, feeds, photos; or a sample."""
    found = sorted(path for path, _ in zip(folder.iterdir(), range(_MOST), strict=False) if path.name[0] != ".")
    commands = [each for path in found for each in _of(path, path.relative_to(folder).as_posix())]
    if any("catalog add" in each for each in commands):
        commands.append("studio --open")
    yield from commands or ("catalog sample --out shop", "catalog add shop/products.csv", "studio --open")


def _of(path: Path, name: str) -> list[str]:
    from saekdong.photo.kinds import SUFFIXES

    quoted = shlex.quote(name)
    if path.is_dir():
        inside = (each for each, _ in zip(path.rglob("*"), range(_MOST), strict=False))
        return [f"catalog add {quoted}"] if any(each.suffix.lower() in SUFFIXES for each in inside) else []
    if path.suffix.lower() in SUFFIXES:
        return ["tag .", "catalog add ."]
    if path.suffix.lower() not in _TABLES or not path.is_file():
        return []
    columns = _columns(path)
    if "label" in columns and ("col" in columns or columns >= {"r", "g", "b"}):
        return [f"data check {quoted}", f"train {quoted}"]
    if columns >= {"photo", "labels"}:
        return [f"evaluate starter {quoted}", f"teach {quoted} --out models/shop"]
    return [f"catalog add {quoted}"] if _is_feed(path) else []


def _columns(path: Path) -> frozenset[str]:
    """Return the columns of a text file, or none."""
    from saekdong.catalog.feeds.rows import read_feed_rows
    from saekdong.files import open_regular

    with suppress(SaekdongError, OSError), open_regular(path) as file:
        rows = read_feed_rows(file, str(path))
        return frozenset(rows.columns)
    return frozenset()


def _is_feed(path: Path) -> bool:
    from saekdong.catalog.feeds import open_feed

    with suppress(SaekdongError, OSError), open_feed(str(path)) as feed:
        return next(feed.items, None) is not None
    return False
