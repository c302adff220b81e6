"""`saekdong tag`: tag products in photos by color."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.extras import check_extra
from saekdong.lang import Lang, counted
from saekdong.printable import printable_json
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.color import Vocabulary
    from saekdong.photo import Source
    from saekdong.tagging import TaggedPhoto, Tagger
    from saekdong.tagging.feed_photos import FeedPhotos
    from saekdong.tagging.feed_words import Named
    from saekdong.words import ColorWords


@click.command(
    epilog=options.examples(
        "saekdong tag shirt.jpg",
        "saekdong tag photos/ --format jsonl > tags.jsonl",
        "saekdong tag 'shop/**/*.jpg' archive.zip --model models/shop --format table",
        "find . -name '*.webp' | saekdong tag -",
        "saekdong tag shirt.jpg --explain why.png",
        "saekdong tag shirt.jpg --title 'Off-white linen shirt'",
        "saekdong tag --feed feed.csv > tags.jsonl",
    )
)
@click.argument("photos", nargs=-1, metavar="PHOTO... | -")
@click.option(
    "--feed",
    type=options.FILE,
    metavar="FILE",
    help="Tag the photos of a file with the columns image (or photo) and, if it has them, title, category and color.",
)
@click.option("--title", default="", metavar="TEXT", help="The title of the product in PHOTOs; its color words count.")
@click.option("--color", default="", metavar="TEXT", help="The product's color, as the feed says it.")
@click.option("--category", default="", metavar="TEXT", help="The product's category.")
@click.option(
    "--model",
    metavar="MODEL",
    envvar="SAEKDONG_MODEL",
    help="A model.tar.gz, its folder, its name, a version such as shop@7, or 'starter'. [default: the champion, "
    "otherwise the catalog's, otherwise the starter]",
)
@click.option(
    "--explain",
    type=options.OUT_FILE,
    metavar="OUT.png",
    help="Also draw photo, weights, palette and tags (20 photos).",
)
@options.allow_private
@options.output_format("jsonl", "jsonl", "json", "table")
@options.lang
@options.workspace
def command(
    workspace: Workspace,
    photos: tuple[str, ...],
    feed: Path | None,
    title: str,
    color: str,
    category: str,
    model: str | None,
    explain: Path | None,
    allow_private: bool,
    form: str,
    lang: Lang,
) -> int:
    """Tag the products in PHOTOs with the color labels of a model, each with its share of the product.

    PHOTO is a file, a folder, a pattern, a zip archive, an http(s) or s3 address; '-' reads a list of them from stdin.
    A photo that cannot be used has the error in its record and makes the exit code 1; the run goes on.

    Color words of titles and color columns decide which of a photo's plausible labels comes first. With --feed, their
    agreement with the photos measures how far they are trusted. Each tag names its source: photo, title or color.
    """
    from saekdong.tagging import Tagger
    from saekdong.tagging.feed_words import FeedText, named_labels
    from saekdong.words import ColorWords

    text = FeedText(title, color, category)
    _check_usage(photos, feed, text, explain)
    if explain:
        check_extra("train", "--explain")
    selected = workspace.registry.for_photos(model)
    show.selection(selected)
    tagger = Tagger(selected.artifact)
    words = ColorWords(tagger.vocabulary, workspace.own_words(tagger.vocabulary))
    with ExitStack() as stack:
        problems: list[str] = []
        if feed:
            results: Iterable[TaggedPhoto] = stack.enter_context(_feed(tagger, words, feed, allow_private, problems))
        else:
            results = _photos(tagger, photos, named_labels(words, text), explain, allow_private)
        failed = _show(results, form, tagger.vocabulary, lang, progress=not feed)
    show.problems(problems)
    if failed:
        show.message(f"{counted(failed, 'photo')} could not be used; see the errors in the output")
    return 1 if failed or problems else 0


def _check_usage(photos: tuple[str, ...], feed: Path | None, text: tuple[str, ...], explain: Path | None) -> None:
    """Check that photos come either from arguments or from a feed.

    Raises:
        click.UsageError: there are no photos, or options that exclude each other.
    """
    if not photos and not feed:
        raise click.UsageError("Missing argument 'PHOTO... | -' or option '--feed'.")
    if feed and (photos or explain or any(text)):
        raise click.UsageError("--feed names photos and words itself: leave out PHOTO, --title, --color, --category")


def _photos(
    tagger: "Tagger", places: tuple[str, ...], named: "Named", explain: Path | None, allow_private: bool
) -> "Iterator[TaggedPhoto]":
    """Return the photos of the arguments with their tags; draw the first ones if `explain` names a file."""
    from saekdong.photo import find_photos
    from saekdong.tagging import tag_photos
    from saekdong.tagging.picture import MOST_PHOTOS

    sources = find_photos(places, sys.stdin if "-" in places else (), allow_private=allow_private)
    if explain:
        first = list(islice(sources, MOST_PHOTOS))
        _explain(tagger, first, explain, named)
        sources = chain(first, sources)
    return tag_photos(tagger, sources, named)


@contextmanager
def _feed(
    tagger: "Tagger", words: "ColorWords", feed: Path, allow_private: bool, problems: list[str]
) -> "Iterator[Iterator[TaggedPhoto]]":
    """Yield the photos of a feed with their tags: first all photos are tagged, then their words are added.

    Args:
        tagger: gives the labels.
        words: finds color words.
        feed: the file.
        allow_private: also fetch photos from private addresses.
        problems: gets a line for each row that cannot be used.
    """
    from saekdong.catalog.feeds import Problem
    from saekdong.catalog.feeds.photo_rows import open_photo_rows
    from saekdong.photo import photo_at
    from saekdong.tagging.feed_photos import FeedPhotos
    from saekdong.tagging.feed_words import FeedText

    with FeedPhotos.opened(tagger, words) as tagged:

        def add_rows() -> "Iterator[TaggedPhoto]":
            with open_photo_rows(feed) as rows:
                for row in rows:
                    if isinstance(row, Problem):
                        problems.append(str(row))
                        continue
                    product = row.product
                    text = FeedText(product.title, product.color, product.category)
                    for place in product.photos:
                        source = photo_at(place, feed.parent, allow_private=allow_private)
                        yield tagged.add(replace(source, name=place), text)

        for _ in show.each(add_rows(), "Tagging", lambda photo: bool(photo.error)):
            pass
        _tell_trust(tagged)
        yield tagged.fused()


def _tell_trust(tagged: "FeedPhotos") -> None:
    """Print on stderr how far each column that names colors is trusted."""
    for key, agreement in sorted(tagged.measured.items()):
        low, high = agreement.interval
        named = f"names a color for {agreement.products:,} of {counted(tagged.photos, 'photo')}"
        agrees = f"agrees with the photo on {agreement.agreeing / agreement.products:.0%}"
        show.message(f"saekdong: {key}: {named}, {agrees}; trusted {agreement.trust:.0%} ({low:.0%} to {high:.0%})")


def _show(results: "Iterable[TaggedPhoto]", form: str, vocabulary: "Vocabulary", lang: Lang, *, progress: bool) -> int:
    """Print tagged photos, and return how many could not be used."""
    failed = 0
    shown = []
    quiet = not progress or show.streams(form)
    for result in show.each(results, "Tagging", lambda result: bool(result.error), quiet=quiet):
        failed += bool(result.error)
        if form == "jsonl":
            click.echo(printable_json(result.to_json()))
        else:
            shown.append(result)
    if form == "json":
        show.records([result.to_json() for result in shown], form)
    elif form == "table":
        _show_table(shown, vocabulary, lang)
    return failed


def _explain(tagger: "Tagger", sources: "list[Source]", out: Path, named: "Named") -> None:
    from saekdong.files import write_whole
    from saekdong.photo import PhotoError
    from saekdong.tagging.picture import draw_explained, explain

    explained = []
    for source in sources:
        with suppress(PhotoError):
            explained.append(explain(tagger, source.name, source.read(), named))
    if not explained:
        show.message("saekdong: no photo can be read, so none is drawn")
        return
    write_whole(out, draw_explained(explained, tagger.vocabulary))
    show.message(f"picture: {out}")


def _show_table(results: "list[TaggedPhoto]", vocabulary: "Vocabulary", lang: Lang) -> None:
    rows: list[tuple[Any, ...]] = []
    for result in results:
        if result.error:
            rows.append(("", result.name, "", f"{result.error.code}: {result.error}", ""))
        for tag in result.tags:
            name = result.name if tag is result.tags[0] else ""
            label = vocabulary.label(tag.label)
            rows.append((show.swatch_cells(label.swatch), name, f"{tag.share:.0%}", label.name(lang), tag.source))
    show.table("", ["", "photo", "share", "label", "source"], rows)
