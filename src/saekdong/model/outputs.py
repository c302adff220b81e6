"""The files that training writes: the artifact, the report, the metrics."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from saekdong.files import write_whole
from saekdong.lang import Lang
from saekdong.model import artifact
from saekdong.model.artifact import Artifact
from saekdong.model.goals import Outcome
from saekdong.model.identity import ARTIFACT_FILE
from saekdong.model.reports import training_report
from saekdong.model.search import Search
from saekdong.model.training import Trained

REPORT = "report.html"
METRICS = "metrics.json"


def write_training(
    folder: Path, trained: Trained, searched: Search | None, outcomes: Sequence[Outcome], lang: Lang
) -> None:
    """Write report.html, metrics.json and, last, model.tar.gz; each file appears whole or not at all.

    The artifact records the goals and whether each was met.
    """
    packed = artifact.pack(with_goals(trained.artifact, outcomes))
    write_report(folder, trained, searched, outcomes, lang)
    write_whole(folder / ARTIFACT_FILE, packed)


def write_report(
    folder: Path, trained: Trained, searched: Search | None, outcomes: Sequence[Outcome], lang: Lang
) -> None:
    """Write report.html and metrics.json."""
    report = training_report(trained.classifier, trained.evaluation, trained.agreement, outcomes, lang)
    write_whole(folder / REPORT, report)
    write_whole(folder / METRICS, json.dumps(metrics(trained, searched, outcomes), ensure_ascii=False, indent=1) + "\n")


def metrics(trained: Trained, searched: Search | None, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return all figures of a training as plain data: the model's, the evaluation's, the goals', the search's."""
    result: dict[str, Any] = {"model": dict(trained.artifact.info), "evaluation": trained.evaluation.to_dict()}
    if outcomes:
        result["goals"] = goals_met(outcomes)
    if searched is not None:
        result["search"] = {
            "chosen": str(searched.chosen.recipe),
            "best": str(searched.best.recipe),
            "stopped": searched.stopped,
            "trials": [
                {"recipe": str(trial.recipe), "accuracy": round(trial.accuracy, 6), "folds": list(trial.folds)}
                for trial in searched.trials
            ],
        }
    return result


def with_goals(model: Artifact, outcomes: Sequence[Outcome]) -> Artifact:
    """Return the artifact with its goals and whether each was met in `info["goals"]`; unchanged without goals."""
    return replace(model, info={**model.info, "goals": goals_met(outcomes)}) if outcomes else model


def goals_met(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return goals and whether they are met as plain data."""
    return [{"goal": str(each.goal), "value": round(each.value, 6), "met": each.met} for each in outcomes]
