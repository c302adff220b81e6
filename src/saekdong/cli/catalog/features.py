"""`saekdong catalog features`: store what other models need of photos whose features are missing."""

from dataclasses import asdict

import click

from saekdong.cli import options, show
from saekdong.lang import counted
from saekdong.workspace import Workspace


@click.command(epilog=options.examples("saekdong catalog features", "saekdong catalog features --jobs 4 --format json"))
@click.option("--jobs", type=click.IntRange(1, 256), help="The number of processes that read. [default: one per core]")
@options.allow_private
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.workspace
def command(workspace: Workspace, jobs: int | None, allow_private: bool, form: str) -> int:
    """Read again the photos whose features are not stored, such as those of a catalog of Saekdong 0.2, and store these.

    With features, another model is compared and promoted without reading a photo ('saekdong registry'). Tags do not
    change. If it is stopped, the next run does the rest. Exit code 1 if a photo cannot be read.
    """
    from saekdong.catalog.ingest.missing_features import fill_features
    from saekdong.catalog.ingest.resources import open_resources

    selected = workspace.registry.for_photos(None)
    with (
        workspace.catalog(make=False) as store,
        open_resources(store, selected.model, selected.artifact, None, jobs, allow_private) as resources,
        show.progress() as bars,
    ):
        task = bars.add_task("Reading", total=None, note="")
        report = fill_features(
            resources,
            lambda done, total: bars.update(task, completed=done, total=total, note=f"{done:,} of {total:,} photos"),
        )
    counts = asdict(report)
    problems = counts.pop("problems")
    show.records([counts], form)
    show.problems([f"{place}: {why}" for place, why in problems.items()])
    if report.changed:
        show.message(f"saekdong: {counted(report.changed, 'photo')} changed; add their feeds again")
    return 1 if report.unread else 0
