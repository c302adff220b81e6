"""`saekdong catalog show`: show all that the catalog stores about a product."""

from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.lang import Lang
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saekdong.catalog.summary import ProductRecord
    from saekdong.color import Vocabulary


@click.command(epilog=options.examples("saekdong catalog show mug-001", "saekdong catalog show mug-001 --format json"))
@click.argument("product_id", metavar="ID")
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(workspace: Workspace, product_id: str, form: str, lang: Lang) -> int:
    """Show the product ID: its feed fields, photos and tags, and whether photos, words or a person gave each tag."""
    import unicodedata

    with workspace.catalog_to_read() as store:
        record = store.record(unicodedata.normalize("NFC", product_id))
        if form == "json":
            show.json_result(_document(record), form)
        else:
            show.facts(_facts(record))
            labels = show.label_finder([*vocabularies(workspace), store.vocabulary])
            rows = [
                (
                    show.swatch_cells(labels(tag.label).swatch),
                    labels(tag.label).name(lang),
                    f"{tag.share:.0%}",
                    tag.source,
                )
                for tag in record.shown.tags
            ]
            click.echo(f"tags, {_origin(record)}")
            show.table("", ["", "label", "share", "from"], rows)
            if record.correction or _has_words(record):
                model = ", ".join(
                    f"{labels(label).name(lang)} {share:.0%}" for label, share in record.model_tags.items()
                )
                click.echo(f"the photos say: {model or 'nothing'}")
    return 0


def vocabularies(workspace: Workspace) -> "list[Vocabulary]":
    """Return the labels of the catalog's model, if it can be used."""
    from saekdong.errors import SaekdongError

    try:
        return [workspace.registry.for_photos(None).artifact.vocabulary]
    except SaekdongError:
        return []


def _origin(record: "ProductRecord") -> str:
    if record.correction:
        return f"corrected by {record.correction.by}"
    return "from photos and words" if _has_words(record) else "from the model"


def _has_words(record: "ProductRecord") -> bool:
    return any(tag.source in ("title", "color") for tag in record.shown.tags)


def _facts(record: "ProductRecord") -> "Iterator[tuple[str, str]]":
    product, correction = record.shown.product, record.correction
    price = (
        "" if product.price is None else f"{f'{product.price:,.2f}'.removesuffix('.00')} {product.currency}".rstrip()
    )
    named = (("id", product.id), ("title", product.title), ("category", product.category), ("price", price))
    more = (("group", product.group), ("feed's color", product.color), ("link", product.link), ("feed", record.feed))
    yield from ((name, value) for name, value in (*named, *more) if value)
    yield "seen", f"{record.seen}{', gone since' if record.shown.gone else ''}"
    for photo in record.photos:
        said = (
            f"{photo.error[0]}: {photo.error[1]}"
            if photo.error
            else f"by {photo.model}"
            if photo.model
            else "not tagged"
        )
        yield "photo", f"{photo.place} ({said})"
    if correction:
        yield "corrected", f"by {correction.by}, {correction.at}"


def _document(record: "ProductRecord") -> dict[str, Any]:
    shown, correction = record.shown, record.correction
    product = shown.product
    return {
        "id": product.id,
        "title": product.title,
        "category": product.category,
        "price": product.price,
        "currency": product.currency,
        "link": product.link,
        "group": product.group,
        "color": product.color,
        "feed": record.feed,
        "seen": record.seen,
        "gone": shown.gone,
        "tags": [{"label": tag.label, "share": tag.share, "source": tag.source} for tag in shown.tags],
        "tags_from": "correction" if correction else "model",
        "model_tags": [{"label": label, "share": round(share, 4)} for label, share in record.model_tags.items()],
        "correction": correction and {"labels": list(correction.labels), "by": correction.by, "at": correction.at},
        "photos": [
            {
                "photo": photo.place,
                "model": photo.model and {"name": photo.model.name, "id": photo.model.id.short},
                "error": photo.error and {"code": photo.error[0], "message": photo.error[1]},
            }
            for photo in record.photos
        ],
    }
