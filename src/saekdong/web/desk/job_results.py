"""What came out of a job, as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from saekdong.jobs import BackgroundJob
from saekdong.lang import Lang
from saekdong.web.desk.texts.work import WORK_TEXTS

_COUNTS = ("changed", "compared", "kept", "missing", "new", "unchanged", "gone", "errors", "problems", "photos")


@dataclass(frozen=True)
class JobResult:
    """What came out of a job.

    Attributes:
        facts: names and values.
        address: of the page that shows more; empty if there is none.
        text: the key of what the link to it says.
    """

    facts: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""
    text: str = ""


def job_result(job: BackgroundJob, lang: Lang) -> JobResult:
    """Return what came out of a job that is done, from what its commands printed."""
    printed = [job.output(place) for place in range(len(job.codes))]
    facts = [fact for each in printed if isinstance(each, dict) for fact in _facts(each, lang)]
    address, text = _LEADS.get(job.order.kind, ("", ""))
    return JobResult(facts, address, text)


_LEADS = {
    "compare": ("/desk/models/diff?of=challenger&from=champion", "see_difference"),
    "ask": ("/desk/models/diff?of=challenger&from=champion", "see_difference"),
    "retrain": ("/desk/models", "see_models"),
    "teach": ("/desk/models", "see_models"),
    "promote": ("/desk/models", "see_models"),
    "resume": ("/desk/models", "see_models"),
    "rollback": ("/desk/models", "see_models"),
    "add": ("/desk/data", "see_data"),
    "deploy": ("/desk/inference", "see_endpoints"),
    "stop": ("/desk/inference", "see_endpoints"),
    "refresh": ("/desk/inference", "see_endpoints"),
}


def _facts(printed: Mapping[str, Any], lang: Lang) -> list[tuple[str, str]]:
    texts = {key: text[lang] for key, text in WORK_TEXTS.items()}
    found = [(texts[f"result_{name}"], str(printed[name])) for name in ("version", "champion") if printed.get(name)]
    if verdict := texts.get(f"verdict_{str(printed.get('verdict', '')).replace(' ', '_')}"):
        found.append((texts["result_verdict"], verdict))
    before, after = printed.get("before"), printed.get("after")
    if isinstance(before, dict) and isinstance(after, dict) and "top1" in before and "top1" in after:
        found.append((texts["result_top1"], f"{before['top1']:.1%} → {after['top1']:.1%}"))
    if isinstance(printed.get("passes"), bool):
        found.append((texts["result_gate"], texts["passed" if printed["passes"] else "not_passed"]))
    found += [(texts[f"result_{name}"], f"{printed[name]:,}") for name in _COUNTS if type(printed.get(name)) is int]
    return found
