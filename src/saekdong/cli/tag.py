"""`saekdong tag`: tag products in photos by color."""

import sys
from contextlib import suppress
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


@click.command(
    epilog=options.examples(
        "saekdong tag shirt.jpg",
        "saekdong tag photos/ --format jsonl > tags.jsonl",
        "saekdong tag 'shop/**/*.jpg' archive.zip --model models/shop --format table",
        "find . -name '*.webp' | saekdong tag -",
        "saekdong tag shirt.jpg --explain why.png",
    )
)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO... | -")
@click.option(
    "--model",
    metavar="MODEL",
    envvar="SAEKDONG_MODEL",
    help="A model.tar.gz, its folder, its name or 'starter'. [default: the catalog's, otherwise the newest taught "
    "one, otherwise the starter]",
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
    model: str | None,
    explain: Path | None,
    allow_private: bool,
    form: str,
    lang: Lang,
) -> int:
    """Tag the products in PHOTOs with the color labels of a model, each with its share of the product.

    PHOTO is a file, a folder, a pattern, a zip archive, an http(s) or s3 address; '-' reads a list of them from stdin.
    A photo that cannot be used has the error in its record and makes the exit code 1; the run goes on.
    """
    from saekdong.photo import find_photos
    from saekdong.tagging import Tagger, tag_photos
    from saekdong.tagging.picture import MOST_PHOTOS

    if explain:
        check_extra("train", "--explain")
    selected = workspace.registry.for_photos(model)
    show.selection(selected)
    tagger = Tagger(selected.artifact)
    sources = find_photos(photos, sys.stdin if "-" in photos else (), allow_private=allow_private)
    if explain:
        first = list(islice(sources, MOST_PHOTOS))
        _explain(tagger, first, explain)
        sources = chain(first, sources)
    results = tag_photos(tagger, sources)
    failed = 0
    shown = []
    for result in show.each(results, "Tagging", lambda result: bool(result.error), quiet=show.streams(form)):
        failed += bool(result.error)
        if form == "jsonl":
            click.echo(printable_json(result.to_json()))
        else:
            shown.append(result)
    if form == "json":
        show.records([result.to_json() for result in shown], form)
    elif form == "table":
        _show_table(shown, tagger.vocabulary, lang)
    if failed:
        show.message(f"{counted(failed, 'photo')} could not be used; see the errors in the output")
    return 1 if failed else 0


def _explain(tagger: "Tagger", sources: "list[Source]", out: Path) -> None:
    from saekdong.files import write_whole
    from saekdong.photo import PhotoError
    from saekdong.tagging.picture import draw_explained, explain

    explained = []
    for source in sources:
        with suppress(PhotoError):
            explained.append(explain(tagger, source.name, source.read()))
    if not explained:
        show.message("saekdong: no photo can be read, so none is drawn")
        return
    write_whole(out, draw_explained(explained, tagger.vocabulary))
    show.message(f"picture: {out}")


def _show_table(results: "list[TaggedPhoto]", vocabulary: "Vocabulary", lang: Lang) -> None:
    rows: list[tuple[Any, ...]] = []
    for result in results:
        if result.error:
            rows.append(("", result.name, "", f"{result.error.code}: {result.error}"))
        for tag in result.tags:
            name = result.name if tag is result.tags[0] else ""
            label = vocabulary.label(tag.label)
            rows.append((show.swatch_cells(label.swatch), name, f"{tag.share:.0%}", label.name(lang)))
    show.table("", ["", "photo", "share", "label"], rows)
