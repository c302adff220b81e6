"""`saekdong teach`: teach a shop's color words from its own labeled photos."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import figures, options, show
from saekdong.errors import SaekdongError
from saekdong.extras import check_extra
from saekdong.lang import Lang
from saekdong.model.identity import ARTIFACT_FILE
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.model.artifact import Artifact
    from saekdong.model.goals import Outcome
    from saekdong.tagging.described import DescribedPhotos
    from saekdong.tagging.teaching import Taught
    from saekdong.tagging.verdict import TagComparison

_STEPS = {"evaluate": "Cross-validating", "compile": "Compiling the table"}


@click.command(
    epilog=options.examples(
        "saekdong teach photos.csv --out models/shop",
        "saekdong teach photos.csv --out models/shop --labels rows",
        "saekdong teach photos.csv --out models/shop --goal 'top1>=0.8' --changes changes.csv",
        "saekdong registry diff champion challenger",
    )
)
@click.argument("photos", type=options.FILE)
@click.option("--out", type=options.OUT_FOLDER, required=True, metavar="DIR", help="The folder for the model.")
@click.option(
    "--changes",
    type=options.OUT_FILE,
    metavar="FILE",
    help="Also write a CSV file of the photos whose first tag changes.",
)
@options.goals
@options.labels
@options.seed
@options.by
@options.allow_private
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(
    workspace: Workspace,
    photos: Path,
    out: Path,
    changes: Path | None,
    goals: tuple[str, ...],
    labels: str | None,
    seed: int,
    by: str,
    allow_private: bool,
    form: str,
    lang: Lang,
) -> int:
    """Teach the tagger from PHOTOS: a CSV or Parquet file with the columns photo and labels.

    Photo is an absolute path, or a path relative to the file's folder; several labels are separated by ';', and
    labels that name a color equally well by '|'. The labels are the shop's own (docs/tags.md). At least 10 photos.

    Prints how well photos are tagged before and after, always by a model that was not taught with them, and a verdict:
    better, worse, or too few to say. Writes DIR/model.tar.gz. Exits with 1 if a goal is missed, the verdict is
    'worse', or a photo cannot be used. Goals may name top1, precision, recall and f1.

    The model is registered as a version of the workspace. The first one becomes the champion, which tags photos from
    then on; later ones become the challenger, which 'saekdong registry' compares and promotes.
    """
    check_extra("train", "saekdong teach")
    from saekdong.model.goals import check_goals, read_goals
    from saekdong.model.outputs import with_goals
    from saekdong.tagging.labeled_photos import read_labeled_photos
    from saekdong.tagging.scoring import FIGURES
    from saekdong.tagging.teaching import check_enough, save_taught

    wanted = read_goals(goals, FIGURES)
    labeled = read_labeled_photos(photos, workspace.vocabulary(labels), allow_private=allow_private)
    check_enough(len(labeled.photos), labeled.name)
    described = show.described(labeled)
    taught = _teach(described, seed)
    outcomes = check_goals(wanted, taught.comparison.scores[1].figures())
    if changes:
        _write_changes(changes, taught.comparison, described)
    made = with_goals(taught.artifact, outcomes)
    packed = save_taught(made, out / ARTIFACT_FILE)

    problems = [*labeled.rejected, *described.failed]
    if form == "json":
        show.json_result(_document(taught, described, outcomes, len(problems)), form)
    else:
        figures.show_tag_comparison(taught.comparison, len(described.photos), described.vocabulary, lang)
    _report(taught, described, changes)
    show.problems(problems)
    show.message(f"model: {out / ARTIFACT_FILE}")
    _keep_features(workspace, described)
    _register(workspace, by, out, packed, made, described)
    met = figures.show_goals(outcomes)
    return 0 if met and not problems and taught.comparison.verdict != "worse" else 1


def _register(
    workspace: Workspace, by: str, out: Path, packed: bytes, made: "Artifact", described: "DescribedPhotos"
) -> None:
    """Register a taught model, and print what it is called and what to do next."""
    from saekdong.registry.registering import lineage_of, register_taught

    recipe = {"kind": "teach", "photos": described.name, "prior": "starter"}
    lineage = lineage_of(made, recipe, tuple(described.digests))
    try:
        with workspace.loop() as loop:
            version, alias = register_taught(
                loop, workspace.catalog_model(), by, out.resolve().name, packed, made, lineage
            )
    except SaekdongError as error:
        show.message(f"saekdong: the model is not registered: {error.problem}")
        show.message(f"next: saekdong registry import {out}")
        return
    if alias == "champion":
        show.message(f"saekdong: registered as {version}, the champion: it tags photos from now on")
    elif alias:
        show.message(f"saekdong: registered as {version}, the challenger: it tags photos after its promotion")
        show.message("next: saekdong registry diff champion challenger")
        show.message("      saekdong registry gate challenger --ask")
        show.message("      saekdong registry promote challenger")
    else:
        show.message(f"saekdong: registered as {version}; it missed its goal or did worse, so it is not used")


def _keep_features(workspace: Workspace, described: "DescribedPhotos") -> None:
    """Keep the photos' features: another model tags them again without decoding."""
    from saekdong.feature_store import FeatureStore, PhotoFeatures
    from saekdong.photo.features import as_stored

    rows = as_stored(described.features)
    try:
        with FeatureStore.beside(workspace.catalog_file) as features:
            features.put(
                PhotoFeatures(digest, row.tobytes() if row.any() else b"", b"")
                for digest, row in zip(described.digests, rows, strict=True)
            )
    except SaekdongError as error:
        show.message(f"saekdong: the photos' features are not kept: {error.problem}")


def _teach(described: "DescribedPhotos", seed: int) -> "Taught":
    from saekdong.tagging.teaching import teach

    with show.steps(_STEPS) as on_progress:
        return teach(described, seed, on_progress)


def _report(taught: "Taught", described: "DescribedPhotos", changes: Path | None) -> None:
    """Print on stderr what the shop should do about the result."""
    for label in taught.unknown:
        show.message(f"saekdong: no photo has the label {label}, so it is never given; label photos with it")
    if taught.comparison.verdict == "worse":
        show.message("saekdong: the tags got worse on photos held out; label more photos, or keep the model you have")
    if taught.kept_starter:
        show.message("saekdong: no taught model did better on photos held out, so the tags stay the starter's")
    elif taught.comparison.verdict == "too few to say":
        show.message(
            f"saekdong: too few photos ({len(described.photos):,}) to say whether the tags got better; "
            "more photos may show it"
        )
    if changes:
        show.message(f"changes: {changes}")


def _write_changes(path: Path, comparison: "TagComparison", described: "DescribedPhotos") -> None:
    """Write the photos whose first tag changes: photo, line, labels, before, after."""
    import io

    from saekdong.color import OTHER
    from saekdong.csv_cells import Writer
    from saekdong.files import write_whole

    ids = described.vocabulary.ids
    text = io.StringIO()
    writer = Writer(text)
    writer.writerow(("photo", "line", "labels", "before", "after"))
    for change in comparison.changes:
        photo = described.photos[change.photo]
        first, now = (OTHER if code is None else ids[code] for code in (change.before, change.after))
        labels = ";".join(sorted("|".join(ids[code] for code in sorted(color)) for color in photo.colors))
        writer.writerow((photo.source.name, photo.line, labels, first, now))
    write_whole(path, text.getvalue())


def _document(
    taught: "Taught", described: "DescribedPhotos", outcomes: "Sequence[Outcome]", rejected: int
) -> dict[str, Any]:
    """Return all figures as plain data."""
    from saekdong.model.outputs import goals_met

    content = {
        "photos": len(described.photos),
        "rejected": rejected,
        **figures.tag_comparison(taught.comparison, described.vocabulary),
        "never_given": list(taught.unknown),
        "kept_starter": taught.kept_starter,
    }
    return {**content, "goals": goals_met(outcomes)} if outcomes else content
