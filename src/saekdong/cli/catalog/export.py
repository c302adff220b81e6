"""`saekdong catalog export`: write the catalog's tags for a shop's other systems."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.catalog.snapshot import Snapshot
    from saekdong.catalog.stored_products import TaggedProduct

_STATE_LENGTH = 100
"""The most bytes read of --state; no number of a change has more."""

RECEIVERS = (
    "csv",
    "jsonl",
    "parquet",
    "google",
    "shopify",
    "shopify-color-pattern",
    "woocommerce",
    "meilisearch",
    "elasticsearch",
    "opensearch",
    "typesense",
    "postgresql",
)


@click.command(
    epilog=options.examples(
        "saekdong catalog export --out tags.csv",
        "saekdong catalog export --to google --lang ko --out colors.tsv",
        "saekdong catalog export --to meilisearch --out documents.jsonl --settings settings.json",
        "saekdong catalog export --to postgresql | psql --set ON_ERROR_STOP=1 shop",
        "saekdong catalog export --to jsonl --state exported --out changes.jsonl",
    )
)
@click.option("--to", type=click.Choice(RECEIVERS), default="csv", show_default=True, help="The receiving system.")
@click.option(
    "--out", type=options.OUT_FILE, metavar="FILE", help="The file to write, whole or not at all. [default: stdout]"
)
@click.option("--since", type=click.IntRange(0), metavar="N", help="Only products that changed after change N.")
@click.option(
    "--state",
    type=options.OUT_FILE,
    metavar="FILE",
    help="Only what changed since the last export with this file, which remembers it.",
)
@click.option(
    "--settings", type=options.OUT_FILE, metavar="FILE", help="Also write the settings of a search engine's index."
)
@options.lang
@options.workspace
def command(
    workspace: Workspace,
    to: str,
    out: Path | None,
    since: int | None,
    state: Path | None,
    settings: Path | None,
    lang: Lang,
) -> int:
    """Export the catalog's tags: all products, or those that changed since an earlier export.

    A full export leaves out products that are gone, or removes them if its format can; an export of changes lists them
    if its format can. At the end it reports the number of lines, why there are fewer than products, and the number of
    the last change, for --since.
    """
    from saekdong.catalog.exports import FORMATS, ExportOptions
    from saekdong.files import write_whole

    if since is not None and state:
        raise click.UsageError("--since and --state exclude each other")
    since = _remembered(state) if state else since
    chosen = FORMATS[to]
    if chosen.is_binary and out is None:
        raise click.UsageError(f"{to} cannot be shown on a terminal; give --out FILE")
    if settings and chosen.settings is None:
        raise click.UsageError(f"{to} has no settings")
    store = workspace.catalog_to_read()
    if settings and chosen.settings:
        write_whole(settings, json.dumps(chosen.settings(), indent=1) + "\n")
    receiver = ExportOptions(store.vocabulary, lang, since is not None, store.variants)
    with store.snapshot(since, gone=chosen.removes) as found:
        if since is not None and since > found.last:
            raise SaekdongError(
                f"change {since:,} is not in this catalog: its last is {found.last:,}",
                fix=f"remove {state}, for a full export" if state else "leave out --since, for a full export",
            )
        with _written(out) as file:
            written = chosen.write(_counted(found), receiver, file)
    if state:
        write_whole(state, f"{found.last}\n")
    show.message(
        f"saekdong: {counted(written.lines, 'line')}, {counted(found.count, 'product')}; "
        f"the last change is {found.last}"
    )
    for reason, count in written.left_out.most_common():
        if count:
            show.message(f"saekdong: {count:,} left out: {reason}")
    return 0


def _counted(found: "Snapshot") -> "Iterator[TaggedProduct]":
    with show.progress() as bars:
        task = bars.add_task("Exporting", total=found.count, note="")
        for product in found.products:
            yield product
            bars.update(task, advance=1)


def _remembered(state: Path) -> int | None:
    from saekdong.files import cannot_read, open_regular

    try:
        with open_regular(state) as file:
            return int(file.read(_STATE_LENGTH))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot_read(state, error) from error
    except ValueError as error:
        raise SaekdongError(
            f"{state} does not contain the number of a change", fix="remove it; the next export is then a full one"
        ) from error


@contextmanager
def _written(out: Path | None) -> "Iterator[BinaryIO]":
    from saekdong.files import whole_file

    if out is None:
        yield sys.stdout.buffer
    else:
        with whole_file(out) as file:
            yield file
