"""`saekdong words`: list the color words of a feed or of the catalog, and the label that each means."""

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.catalog.contract import Store
    from saekdong.catalog.word_list import ListedWord, WordList
    from saekdong.catalog.wording import Wording
    from saekdong.color import Vocabulary
    from saekdong.model.intervals import Interval
    from saekdong.tagging.feed_words import FeedText

_MOST_ROWS = 60


@click.command(
    epilog=options.examples(
        "saekdong words products.csv",
        "saekdong words --lang ko",
        "saekdong words products.csv --review",
        "saekdong words products.csv --out words.csv",
        "saekdong words products.csv --format merchant --lang en > colors.tsv",
    )
)
@click.argument("place", metavar="[FEED]", required=False)
@click.option(
    "--map",
    "mapping",
    metavar="FIELD=COLUMN",
    multiple=True,
    help="The column of a field, if it is not recognized: id, title, category, color (may be given several times).",
)
@click.option("--review", is_flag=True, help="Show only the words that a person must decide.")
@click.option(
    "--out",
    type=options.OUT_FILE,
    metavar="CSV",
    help="Also write the words to this file, to edit their labels; saekdong.toml names it: words = 'words.csv'.",
)
@options.output_format("table", "table", "json", "jsonl", "csv", "merchant")
@options.lang
@options.workspace
def command(
    workspace: Workspace,
    place: str | None,
    mapping: tuple[str, ...],
    review: bool,
    out: Path | None,
    form: str,
    lang: Lang,
) -> int:
    """List the color words of FEED's titles and color columns: how many products have each, and which label it means.

    FEED is what 'catalog add' takes, also without photos; without FEED, the words of the workspace's catalog are
    listed. A label is from the shop's own words, from the dictionary, or from what the photos of the catalog's
    products show. A person must decide about unknown and ambiguous words, and about those whose photos disagree.
    'merchant' writes a supplemental feed for Google Merchant Center: the id and colors of each product by its words.
    """
    from saekdong.color import STARTER

    store = workspace.catalog_to_read() if place is None or workspace.catalog_file.exists() else None
    try:
        wording = _wording(workspace, store, workspace.vocabulary(None) or STARTER)
        if form == "merchant":
            return _write_merchant(store, place, mapping, wording, lang)
        return _list(store, place, mapping, wording, review, out, form, lang)
    finally:
        if store:
            store.close()


def _wording(workspace: Workspace, store: "Store | None", vocabulary: "Vocabulary") -> "Wording":
    """Return what words mean: with the catalog's labels, and the own words of the workspace as they are now."""
    from saekdong.catalog.wording import Wording

    labels = store.wording().vocabulary if store else vocabulary
    return Wording(labels, workspace.own_words(labels), None)


def _list(
    store: "Store | None",
    place: str | None,
    mapping: Sequence[str],
    wording: "Wording",
    review: bool,
    out: Path | None,
    form: str,
    lang: Lang,
) -> int:
    from saekdong.catalog.word_list import WordList
    from saekdong.catalog.words_file import write_words
    from saekdong.files import write_whole

    counts = WordList(wording)
    for _, text in _texts(store, place, mapping):
        counts.count(text)
    if store:
        with show.progress() as bars:
            task = bars.add_task("Looking at the photos' tags", total=None, note="")
            for reading in store.readings():
                counts.learn(reading)
                bars.update(task, advance=1)
    words = counts.words()
    if out:
        file = io.StringIO()
        write_words(words, file)
        write_whole(out, file.getvalue())
    _summarize(counts, words, out)
    words = [word for word in words if word.doubt or not review]
    if form == "table":
        _show(words, wording, lang)
    else:
        show.records([_record(word) for word in words], form)
    return 0


def _texts(store: "Store | None", place: str | None, mapping: Sequence[str]) -> "Iterator[tuple[str, FeedText]]":
    """Yield the id and the words of each product of a feed, or of the catalog."""
    from saekdong.catalog.feeds import Entry, open_feed
    from saekdong.catalog.products import feed_name
    from saekdong.tagging.feed_words import FeedText

    if place is None:
        assert store is not None  # noqa: S101
        yield from ((reading.id, reading.text) for reading in store.readings())
        return
    pairs = [pair for text in mapping for pair in options.pairs([text], "--map").items()]
    pairs = pairs or list(store.feed_options(feed_name(place)).mapping if store else ())
    with (
        _copy(place) as copy,
        open_feed(place, pairs, copy, needs_photos=False) as feed,
        show.progress() as bars,
    ):
        task = bars.add_task("Reading words", total=1.0, note="")
        problems = 0
        for count, item in enumerate(feed.items, start=1):
            if isinstance(item, Entry):
                product = item.product
                yield product.id, FeedText(product.title, product.color, product.category)
            else:
                problems += item.field != "photos"
            bars.update(task, completed=feed.done(), note=counted(count, "product"))
    if problems:
        show.message(f"saekdong: {counted(problems, 'problem')} in {place}; 'saekdong catalog add' lists them")


@contextmanager
def _copy(place: str) -> Iterator[Path | None]:
    """Yield a file with the content of an address; None if the feed is on this machine."""
    from saekdong.fetch.fetcher import Fetcher
    from saekdong.fetch.urls import is_address
    from saekdong.scratch import scratch_folder

    if not is_address(place):
        yield None
        return
    with scratch_folder() as folder, Fetcher() as fetcher:
        fetcher.download(place, folder / "feed")
        yield folder / "feed"


def _show(words: "Sequence[ListedWord]", wording: "Wording", lang: Lang) -> None:
    label_of = show.label_finder([wording.vocabulary])
    rows = []
    for word in words[:_MOST_ROWS]:
        label = label_of(word.label) if word.label else None
        seen = f"{label_of(word.seen).name(lang)}?" if word.doubt and word.seen else ""
        rows.append(
            (
                word.word,
                f"{word.count:,}",
                show.swatch_cells(label.swatch) if label else "",
                label.name(lang) if label else "",
                word.origin,
                _sure(word.sure, word.photos),
                f"{word.doubt} {seen}".strip(),
            )
        )
    show.table("", ["word", "products", "", "label", "from", "photos agree", "review"], rows)
    if len(words) > _MOST_ROWS:
        show.message(f"saekdong: and {len(words) - _MOST_ROWS:,} more; --out or --format csv lists all")


def _sure(sure: "Interval | None", photos: int) -> str:
    return f"{sure.value:.0%} of {photos:,} ({sure.low:.0%}-{sure.high:.0%})" if sure else ""


def _record(word: "ListedWord") -> dict[str, Any]:
    return {
        "word": word.word,
        "label": word.label,
        "count": word.count,
        "from": word.origin,
        "sure": round(word.sure.value, 4) if word.sure else None,
        "photos": word.photos,
        "seen": word.seen,
        "review": word.doubt,
    }


def _summarize(counts: "WordList", words: "Sequence[ListedWord]", out: Path | None) -> None:
    doubts = sum(bool(word.doubt) for word in words)
    show.message(
        f"saekdong: {counted(len(words), 'word')}; {counts.named:,} of {counted(counts.products, 'product')} name a "
        f"color; a person must decide about {counted(doubts, 'word')}"
    )
    if counts.left_out:
        show.message(f"saekdong: {counts.left_out:,} occurrences of further words were left out")
    if out:
        show.message(f'saekdong: written to {out}; edit its labels, and set words = "{out.name}" in saekdong.toml')


def _write_merchant(
    store: "Store | None",
    place: str | None,
    mapping: Sequence[str],
    wording: "Wording",
    lang: Lang,
) -> int:
    from saekdong.catalog.exports.commerce import GOOGLE_ID, google_color
    from saekdong.csv_cells import exact_writer

    label_of = show.label_finder([wording.vocabulary])
    rows = exact_writer(sys.stdout, "\t")
    rows.writerow(("id", "color"))
    written = unnamed = long_ids = 0
    for product_id, text in _texts(store, place, mapping):
        colors = [label_of(label).name(lang) for label in wording.main_labels(text)]
        long_ids += len(product_id) > GOOGLE_ID
        unnamed += not colors
        if colors and len(product_id) <= GOOGLE_ID:
            rows.writerow((product_id, google_color(colors)))
            written += 1
    show.message(f"saekdong: {counted(written, 'line')}; {counted(unnamed, 'product')} without a color word left out")
    if long_ids:
        show.message(f"saekdong: {counted(long_ids, 'product')} left out: an id over {GOOGLE_ID} letters")
    return 0
