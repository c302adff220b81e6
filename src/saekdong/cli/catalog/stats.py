"""`saekdong catalog stats`: show the catalog in figures."""

from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.catalog.summary import Stats


@click.command(epilog=options.examples("saekdong catalog stats", "saekdong catalog stats --format json"))
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(workspace: Workspace, form: str, lang: Lang) -> int:
    """Show how many products, photos, labels, feeds, errors and corrections the catalog has, its model and its size."""
    from saekdong.cli.catalog.show import vocabularies

    with workspace.catalog_to_read() as store:
        stats = store.stats()
        if form == "json":
            show.json_result(_document(stats), form)
            return 0
        model = ", ".join(f"{model} {counted(count, 'product')}" for model, count in stats.models)
        facts = {
            "products": f"{stats.products:,}",
            "gone": f"{stats.gone:,}",
            "without a label": f"{stats.untagged:,}",
            "corrected": f"{stats.corrections:,}",
            "photos": f"{stats.photos:,}",
            "photos with errors": f"{stats.errors:,}",
            "model": str(stats.model or "not set"),
            "tagged by": model or "none",
            "size": f"{stats.size / 1e6:,.1f} MB",
        }
        show.facts(facts.items())
        show.label_table(stats.labels, [*vocabularies(workspace), store.vocabulary], lang)
        show.table("", ["feed", "products"], [(feed, f"{count:,}") for feed, count in stats.feeds.items()])
    return 0


def _document(stats: "Stats") -> dict[str, Any]:
    return {
        "products": stats.products,
        "gone": stats.gone,
        "untagged": stats.untagged,
        "corrections": stats.corrections,
        "photos": stats.photos,
        "errors": stats.errors,
        "model": stats.model and {"name": stats.model.name, "id": stats.model.id.short, "since": stats.model.since},
        "models": [{"name": model.name, "id": model.id.short, "products": count} for model, count in stats.models],
        "labels": dict(stats.labels),
        "feeds": dict(stats.feeds),
        "bytes": stats.size,
    }
