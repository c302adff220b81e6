"""`saekdong retrain`: learn from what people answered, and register a challenger."""

from typing import TYPE_CHECKING

import click

from saekdong.cli import figures, options, show
from saekdong.errors import SaekdongError
from saekdong.extras import check_extra
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.registry.retraining import Retrained


@click.command(
    epilog=options.examples(
        "saekdong retrain",
        "saekdong retrain --if-needed",
        "saekdong registry diff champion challenger",
    )
)
@click.option(
    "--if-needed", is_flag=True, help="Retrain only if there is a reason; otherwise print that there is none."
)
@click.option("--why", default="", metavar="TEXT", help="The reason, for the history.")
@options.seed
@options.by
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(workspace: Workspace, if_needed: bool, why: str, seed: int, by: str, form: str, lang: Lang) -> int:
    """Learn from all answers and corrections so far, and register the new version as the challenger.

    No photo is decoded, and nothing else changes: promote the challenger to let it tag. Answers of the audit teach
    after 12 weeks, because until then they measure the model. Reasons for --if-needed: 50 new answers, an alarm that
    proves too many wrong tags, 90 days, or other labels in saekdong.toml. Exits with 1 if the tags got worse.
    """
    check_extra("train", "saekdong retrain")
    from saekdong.feature_store import FeatureStore
    from saekdong.registry.registering import champion_of
    from saekdong.registry.retraining import Retraining
    from saekdong.review.corrections import reconcile

    with workspace.catalog(make=False) as store, workspace.loop() as loop, FeatureStore.beside(store.path) as features:
        champion = champion_of(loop, workspace.catalog_model(), by)
        if champion is None:
            raise SaekdongError("there is no champion to learn from", fix="choose one with 'saekdong catalog model'")
        reconcile(loop, store)
        retraining = Retraining(loop, store, features)
        vocabulary = workspace.vocabulary(None) if "labels" in workspace.settings else None
        reason = retraining.reason(champion, vocabulary)
        if if_needed and not reason:
            show.message("saekdong: there is no reason to retrain")
            return 0
        with show.steps({"evaluate": "Cross-validating"}) as on_progress:
            retrained = retraining.retrain(champion, by, why or reason, seed, on_progress, vocabulary)
    comparison = retrained.judged.comparison
    if form == "json":
        content = figures.tag_comparison(comparison, retrained.vocabulary)
        version = str(retrained.version) if retrained.version else None
        show.json_result({"version": version, "photos": retrained.photos, "reason": why or reason, **content}, form)
    else:
        figures.show_tag_comparison(comparison, retrained.photos, retrained.vocabulary, lang)
    _report(retrained)
    return 1 if comparison.verdict == "worse" else 0


def _report(retrained: "Retrained") -> None:
    if retrained.without_features:
        show.message(
            f"saekdong: {counted(retrained.without_features, 'answer')} left out, since features of their photos are "
            "not stored; fill them in with 'saekdong catalog features'"
        )
    if retrained.version is None:
        show.message("saekdong: no retrained model did better on photos held out, so none is registered")
    elif retrained.judged.comparison.verdict == "worse":
        show.message(f"saekdong: registered as {retrained.version}; the tags got worse, so it is not the challenger")
    else:
        show.message(f"saekdong: registered as {retrained.version}, the challenger")
        show.message("next: saekdong registry diff champion challenger")
        show.message("      saekdong registry gate challenger --ask")
        show.message("      saekdong registry promote challenger")
