"""`saekdong tag`: name the colors of products in photos."""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options, show
from saekdong.lang import Lang

if TYPE_CHECKING:
    from saekdong.photo import Source
    from saekdong.tagging import Tagger


@click.command(
    epilog=options.examples(
        "saekdong tag shirt.jpg",
        "saekdong tag photos/ --format jsonl > tags.jsonl",
        "saekdong tag 'shop/**/*.jpg' archive.zip --model models/shop --format table",
        "find . -name '*.webp' | saekdong tag -",
    )
)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO... | -")
@click.option(
    "--model",
    metavar="MODEL",
    envvar="SAEKDONG_MODEL",
    help="A model.tar.gz, its folder, or its name. [default: the starter]",
)
@options.output_format("jsonl", "jsonl", "json", "table")
@options.lang
@options.workspace
def command(workspace: Workspace, photos: tuple[str, ...], model: str | None, form: str, lang: Lang) -> int:
    """Tag the products in PHOTOs with the color labels of a model, each with the share of the product that bears it.

    PHOTO is a file, a folder, a pattern, a zip archive, an http(s) or s3 address; '-' reads a list of them from stdin.
    A photo that cannot be used is told in its record and makes the exit code 1; the run goes on.
    """
    from saekdong.model import artifact
    from saekdong.photo import find_photos
    from saekdong.tagging import Tagger, starter

    tagger = Tagger(artifact.load(workspace.model(model)) if model else starter())
    results = _tagged(tagger, find_photos(photos, sys.stdin if "-" in photos else ()))
    failed = 0
    shown = []
    for result in show.each(results, "Tagging", lambda result: "error" in result, quiet=show.streams(form)):
        failed += "error" in result
        if form == "jsonl":
            click.echo(json.dumps(result, ensure_ascii=False))
        else:
            shown.append(result)
    if form == "json":
        show.records(shown, form)
    elif form == "table":
        _show_table(shown, tagger, lang)
    if failed:
        show.message(f"{failed:,} photos could not be used; their records say why")
    return 1 if failed else 0


def _tagged(tagger: "Tagger", sources: "Iterator[Source]") -> Iterator[dict[str, Any]]:
    from saekdong.photo import PhotoError, cluster_colors, palette_to_json, read_photo
    from saekdong.tagging.features import SIDE

    for source in sources:
        try:
            photo = read_photo(source.read(), SIDE)
        except PhotoError as error:
            yield {"image": source.name, "tags": [], "error": {"code": error.code, "message": str(error)}}
        else:
            clusters = cluster_colors(photo.pixels, photo.alpha)
            tags = tagger.tag(photo.pixels, photo.alpha, clusters)
            yield {
                "image": source.name,
                "tags": [{"label": tag.label, "share": tag.share} for tag in tags],
                "palette": palette_to_json(clusters.palette()),
            }


def _show_table(results: list[dict[str, Any]], tagger: "Tagger", lang: Lang) -> None:
    labels = {label.id: label for label in tagger.vocabulary}
    rows = []
    for result in results:
        if "error" in result:
            rows.append(("", result["image"], "", f"{result['error']['code']}: {result['error']['message']}"))
        for tag in result["tags"]:
            label = labels.get(tag["label"])
            swatch = show.swatch(label.swatch) if label else ""
            name = label.name(lang) if label else {"en": "other", "ko": "기타"}[lang]
            rows.append((swatch, result["image"] if tag is result["tags"][0] else "", f"{tag['share']:.0%}", name))
    show.table("", ["", "photo", "share", "label"], rows)
