"""`saekdong catalog stats`: show the catalog in figures."""

from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saekdong.catalog.summary import Stats
    from saekdong.catalog.wording import ColumnWords


@click.command(epilog=options.examples("saekdong catalog stats", "saekdong catalog stats --format json"))
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(workspace: Workspace, form: str, lang: Lang) -> int:
    """Show how many products, photos, labels, feeds, errors and corrections the catalog has, its model and its size."""
    from saekdong.cli.catalog.show import vocabularies
    from saekdong.tagging.feed_words import COLUMNS

    with workspace.catalog_to_read() as store:
        stats = store.stats()
        if form == "json":
            show.json_result(_document(stats, store.column_words(), store.count_conflicts()), form)
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
            "conflicts": _counted_conflicts(store.count_conflicts()),
            **{each.key: column_line(each) for each in store.column_words() if each.named or each.key in COLUMNS},
        }
        show.facts(facts.items())
        show.label_table(stats.labels, [*vocabularies(workspace), store.vocabulary], lang)
        show.table("", ["feed", "products"], [(feed, f"{count:,}") for feed, count in stats.feeds.items()])
    return 0


def column_line(words: "ColumnWords") -> str:
    """Return how often a column names a color and agrees with the photos, as people read it."""
    if not words.named:
        return "names no color"
    line = f"names a color for {words.named:,} of {counted(words.products, 'product')}"
    agreeing = f", agrees with the photo on {words.agreeing / words.compared:.0%}" if words.compared else ""
    return f"{line}{agreeing}; trusted {100 * words.trust:.3g}%"


def _counted_conflicts(count: int) -> str:
    from saekdong.catalog.conflicts import MOST_COUNTED

    return f"more than {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"


def _document(stats: "Stats", columns: "Sequence[ColumnWords]", conflicts: int) -> dict[str, Any]:
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
        "words": {each.key: words_document(each) for each in columns},
        "conflicts": conflicts,
        "bytes": stats.size,
    }


def words_document(words: "ColumnWords") -> dict[str, Any]:
    """Return the same as numbers."""
    return {
        "named": words.named,
        "compared": words.compared,
        "agreeing": words.agreeing,
        "trust": words.trust,
    }
