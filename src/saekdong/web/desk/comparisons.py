"""What two models would tag otherwise, as a job found it: the difference, the gate's checks, and whether they hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from saekdong.evidence.gate import MOST_ANSWERS, THRESHOLD, DifferenceTest
from saekdong.jobs import BackgroundJob, JobOrder, Jobs
from saekdong.lang import Lang
from saekdong.loop import ModelVersion
from saekdong.web.desk.flows import Flow
from saekdong.web.desk.texts.models import MODELS_TEXTS

COMPARE = "compare"
_LOOKED_AT = 50
_GROUPS = 10

CheckState = Literal["passed", "failed", "open"]


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """A check of the gate, as a page shows it.

    Attributes:
        name: what it checks.
        state: `open` if more answers are needed.
        reason: by which figures.
    """

    name: str
    state: CheckState
    reason: str


@dataclass(frozen=True)
class ModelComparison:
    """What a job found.

    Attributes:
        job: the job.
        difference: as `registry diff --format json` prints it.
        gate: as `registry gate --format json` prints it.
    """

    job: BackgroundJob
    difference: Mapping[str, Any]
    gate: Mapping[str, Any]

    @property
    def flows(self) -> list[Flow]:
        """Products by first label now and then, the most first."""
        return [
            Flow(each["from"], each["to"], each["products"], tuple(each["examples"]))
            for each in self.difference["flows"]
        ]

    @property
    def passes(self) -> bool:
        """Whether all checks of the gate are passed."""
        return bool(self.gate["passes"])

    def groups(self, what: str) -> list[tuple[str, int]]:
        """Return how many products would change by `categories` or `feeds`, the most first."""
        return list(self.difference[what].items())[:_GROUPS]

    def is_old(self, catalog: int) -> bool:
        """Return whether the catalog, whose version is given, has changed since."""
        return self.job.order.about.get("catalog") != str(catalog)

    def checks(self, lang: Lang, name_of: Callable[[str], str]) -> list[ShownCheck]:
        """Return the gate's checks in the reader's language.

        Args:
            lang: the language.
            name_of: returns a label's name by its id.
        """
        return [_shown(check, lang, name_of) for check in self.gate["checks"]]


def compare_order(version: ModelVersion, champion: ModelVersion, catalog: int, by: str) -> JobOrder:
    """Return the job that compares a version with the champion, and asks the gate about it."""
    about = {"version": str(version), "champion": str(champion), "catalog": str(catalog)}
    named = [f"--by={by}", "--format", "json", "--"]
    commands = [["registry", "diff", *named, str(champion), str(version)], ["registry", "gate", *named, str(version)]]
    return JobOrder(COMPARE, commands, by, about)


def find_comparison(jobs: Jobs, version: ModelVersion, champion: ModelVersion) -> ModelComparison | None:
    """Return the newest comparison of these two that is done, or None."""
    wanted = (str(version), str(champion))
    for job in jobs.last(_LOOKED_AT, COMPARE):
        about = job.order.about
        if job.state == "done" and (about.get("version"), about.get("champion")) == wanted:
            difference, gate = job.output(0), job.output(1)
            if isinstance(difference, dict) and isinstance(gate, dict):
                return ModelComparison(job, difference, gate)
    return None


def _shown(check: Mapping[str, Any], lang: Lang, name_of: Callable[[str], str]) -> ShownCheck:
    name, figures = check["name"], check["figures"]
    state: CheckState = "passed" if check["passes"] else "open" if _needs_answers(name, figures) else "failed"

    def say(key: str, **values: Any) -> str:
        return MODELS_TEXTS[f"gate_{key}"][lang].format(**values)

    reason = _REASONS[name](figures, check["passes"], say, name_of)
    return ShownCheck(say(name), state, reason)


def _needs_answers(name: str, figures: Mapping[str, Any]) -> bool:
    """Return whether a check that is not passed may be passed after more answers."""
    if name == "better":
        return DifferenceTest(figures["wins"], figures["losses"], figures["ties"]).verdict == "open"
    return (name == "accuracy" and "low" not in figures) or (name == "recall" and not figures)


Say = Callable[..., str]


def _better(figures: Mapping[str, Any], _: bool, say: Say, __: Callable[[str], str]) -> str:
    if not figures:
        return say("no_change")
    answers = figures["wins"] + figures["losses"] + figures["ties"]
    more = say("better_more", count=MOST_ANSWERS - answers) if _needs_answers("better", figures) else ""
    evidence = f"{figures['evidence']:.1f}"
    return f"{say('better_figures', answers=answers, least=int(THRESHOLD), **{**figures, 'evidence': evidence})} {more}"


def _accuracy(figures: Mapping[str, Any], _: bool, say: Say, __: Callable[[str], str]) -> str:
    if not figures:
        return say("no_goal")
    goal = f"{figures['goal']:.1%}"
    if "low" not in figures:
        return say("no_audit", goal=goal)
    return say("accuracy_figures", low=f"{figures['low']:.1%}", goal=goal)


def _recall(figures: Mapping[str, Any], passes: bool, say: Say, name_of: Callable[[str], str]) -> str:
    if not figures:
        return say("no_change" if passes else "no_answers")
    if passes:
        return say("recall_kept")
    lost = [f"{name_of(each['label'])} {each['low']:.0%}" for each in figures["losses"] if each["low"] > 0.05]
    return say("recall_lost", labels=", ".join(lost))


def _products(figures: Mapping[str, Any], _: bool, say: Say, __: Callable[[str], str]) -> str:
    return say("products_figures", emptied=f"{figures['emptied']:,}", churn=f"{figures['churn']:.1%}")


def _artifact(figures: Mapping[str, Any], passes: bool, say: Say, _: Callable[[str], str]) -> str:
    if figures:
        return say("artifact_figures", wrong=f"{figures['wrong']:,}", photos=f"{figures['photos']:,}")
    return say("artifact_tags" if passes else "artifact_other")


_REASONS: Mapping[str, Callable[[Mapping[str, Any], bool, Say, Callable[[str], str]], str]] = {
    "better": _better,
    "accuracy": _accuracy,
    "recall": _recall,
    "products": _products,
    "artifact": _artifact,
}
