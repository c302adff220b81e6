"""`saekdong teach`: learn a shop's color words from its own labeled photos."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options, show

if TYPE_CHECKING:
    from saekdong.tagging.scoring import TagScore


@click.command(
    epilog=options.examples(
        "saekdong teach photos.csv --out models/shop",
        "saekdong teach photos.csv --out models/shop --labels rows",
        "saekdong tag new/ --model models/shop",
    )
)
@click.argument("photos", type=options.FILE)
@click.option("--out", type=options.OUT_FOLDER, required=True, metavar="DIR", help="Where the model goes.")
@options.labels
@options.seed
@options.output_format("table", "table", "json")
@options.workspace
def command(workspace: Workspace, photos: Path, out: Path, labels: str | None, seed: int, form: str) -> int:
    """Teach the tagger by PHOTOS: a CSV or Parquet file with the columns photo and labels.

    Photo is a path, beside the file or absolute; several labels are parted by ';', and labels that name a color as
    well by '|'. The labels are the shop's own (docs/tags.md). Tells top1 and f1 before and after, on photos
    held out in turn, and writes DIR/model.tar.gz. Fifty photos already help.
    """
    from saekdong.model import artifact
    from saekdong.tagging.lessons import read_lessons
    from saekdong.tagging.teaching import teach

    lessons = read_lessons(photos, workspace.vocabulary(labels))
    described = show.described(lessons)
    taught = teach(described, seed)
    artifact.save(taught.artifact, out / artifact.FILE_NAME)
    figures = {"photos": len(described.truth), "rejected": len(lessons.rejected) + len(described.failed)}
    if form == "json":
        show.document({**figures, "before": taught.before.figures(), "after": taught.after.figures()}, form)
    else:
        _show(taught.before, taught.after, figures["photos"])
    if taught.after.top1 < taught.before.top1:
        show.message("saekdong: the starter did better on photos held out; give more photos, or keep the starter")
    show.problems([*lessons.rejected, *described.failed])
    show.message(f"model: {out / artifact.FILE_NAME}")
    return 1 if figures["rejected"] else 0


def _show(before: "TagScore", after: "TagScore", photos: int) -> None:
    click.echo(f"{photos:,} photos, each tagged by a model that was not taught with it")
    named = (("before", before), ("after", after))
    show.table("", ["", "top1", "f1"], [(name, f"{score.top1:.3f}", f"{score.f1:.3f}") for name, score in named])
