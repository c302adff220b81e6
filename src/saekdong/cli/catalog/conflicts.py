"""`saekdong catalog conflicts`: list the products whose feed names a color that their photos do not show."""

import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.extras import check_extra
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.catalog.conflicts import WordConflict
    from saekdong.catalog.contract import Store
    from saekdong.color import Label

_AT_ONCE = 200
_LABELS = 3


@click.command(
    epilog=options.examples(
        "saekdong catalog conflicts",
        "saekdong catalog conflicts --html conflicts.html --lang ko",
        "saekdong catalog conflicts --limit 10000 --out conflicts.csv",
        "saekdong catalog conflicts --format jsonl",
    )
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="The most conflicts to list.")
@click.option(
    "--out",
    type=options.OUT_FILE,
    metavar="FILE",
    help="The file to write; a table is written as CSV. [default: stdout]",
)
@click.option("--html", type=options.OUT_FILE, metavar="HTML", help="Also write a page with the photos.")
@options.allow_private
@options.output_format("table", "table", "csv", "jsonl")
@options.lang
@options.workspace
def command(
    workspace: Workspace, limit: int, out: Path | None, html: Path | None, allow_private: bool, form: str, lang: Lang
) -> int:
    """List the products whose title or color column names a color that their photos do not show.

    Either the feed is wrong or the photo's tags are. The surest come first. A product is no longer listed once a
    person corrected it, or its words or photos were changed and added again.
    """
    from saekdong.cli.catalog.show import vocabularies
    from saekdong.files import write_whole

    if html:
        check_extra("train", "--html")
    with workspace.catalog_to_read() as store:
        label_of = show.label_finder([*vocabularies(workspace), store.vocabulary])
        conflicts = list(islice(_conflicts(store), limit))
        count = store.count_conflicts()
        if form == "table" and not out:
            _show(conflicts, label_of, lang)
        elif text := _written(conflicts, label_of, lang, "csv" if form == "table" else form):
            write_whole(out, text) if out else click.echo(text, nl=False)
        if html:
            _write_page(html, store, conflicts, count, label_of, lang, allow_private)
    listed = f"; the first {limit:,} are listed, see --limit" if count > limit else ""
    show.message(f"saekdong: {_counted(count)}{listed}")
    for path in filter(None, (out, html)):
        show.message(f"saekdong: written to {path}")
    return 0


def _conflicts(store: "Store") -> "Iterator[WordConflict]":
    after = ""
    while some := store.conflicts(after, _AT_ONCE):
        yield from some
        after = some[-1].place


def _counted(count: int) -> str:
    from saekdong.catalog.conflicts import MOST_COUNTED

    return f"more than {MOST_COUNTED:,} conflicts" if count > MOST_COUNTED else counted(count, "conflict")


def _show(conflicts: "Sequence[WordConflict]", label_of: "Callable[[str], Label]", lang: Lang) -> None:
    rows = []
    for each in conflicts:
        words = ", ".join(f"{word.word} ({word.column})" for word in each.words)
        photo = ", ".join(f"{label_of(label).name(lang)} {share:.0%}" for label, share in _first(each))
        rows.append((each.product.product.id, each.finding(label_of, lang), words, photo, f"{each.sure:.0%}"))
    show.table("", ["product", "finding", "words", "photo", "sure"], rows)


def _first(conflict: "WordConflict") -> Iterator[tuple[str, float]]:
    return islice(conflict.shares.items(), _LABELS)


def _written(conflicts: "Sequence[WordConflict]", label_of: "Callable[[str], Label]", lang: Lang, form: str) -> str:
    from saekdong.csv_cells import Writer
    from saekdong.printable import printable_json

    records = [_record(each, each.finding(label_of, lang)) for each in conflicts]
    if form == "jsonl":
        return "".join(f"{printable_json(record)}\n" for record in records)
    text = io.StringIO()
    rows = Writer(text)
    rows.writerow(("product", "finding", "title", "color", "words", "photo_labels", "tags", "sure", "photo"))
    for record in records:
        words = ";".join(f"{word['column']}:{word['word']}={'/'.join(word['labels'])}" for word in record["words"])
        photo = ";".join(f"{tag['label']} {tag['share']}" for tag in record["photo"])
        tags = ";".join(f"{tag['label']} ({tag['source']})" for tag in record["tags"])
        fields = [record[name] for name in ("product", "finding", "title", "color")]
        rows.writerow((*fields, words, photo, tags, record["sure"], next(iter(record["photos"]), "")))
    return text.getvalue()


def _record(conflict: "WordConflict", finding: str) -> dict[str, Any]:
    shown = conflict.product
    return {
        "product": shown.product.id,
        "finding": finding,
        "title": shown.product.title,
        "color": shown.product.color,
        "words": [{"column": each.column, "word": each.word, "labels": list(each.labels)} for each in conflict.words],
        "photo": [{"label": label, "share": round(share, 4)} for label, share in _first(conflict)],
        "tags": [{"label": tag.label, "share": tag.share, "source": tag.source} for tag in shown.tags],
        "sure": conflict.sure,
        "photos": list(shown.product.photos),
    }


def _write_page(
    path: Path,
    store: "Store",
    conflicts: "Sequence[WordConflict]",
    count: int,
    label_of: "Callable[[str], Label]",
    lang: Lang,
    allow_private: bool,
) -> None:
    from saekdong.catalog.conflict_report import conflict_report
    from saekdong.files import write_whole

    with show.progress() as bars:
        bar = bars.add_task("Writing the page", total=len(conflicts), note="")
        page = conflict_report(
            store.path.parent.resolve().name,
            conflicts,
            count,
            label_of,
            lang,
            lambda: bars.update(bar, advance=1),
            allow_private=allow_private,
        )
    write_whole(path, page)
