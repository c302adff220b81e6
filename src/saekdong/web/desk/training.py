"""Training: why a retrain is due, what starts one, and past jobs with their outcome."""

import time
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from saekdong.extras import missing_module
from saekdong.jobs import BackgroundJob, JobOrder
from saekdong.lang import Lang
from saekdong.loop.versions import CHAMPION
from saekdong.registry.retraining import AUDIT_WEEKS, ENOUGH_ANSWERS, KIND, MOST_DAYS, Retraining, RetrainTriggers
from saekdong.web.desk.job_results import job_result
from saekdong.web.desk.work import Fields, Work, started_by, why_of
from saekdong.web.site.rendering import lang_of

_SHOWN = 25
_CORRECTIONS = "{job}/corrections.csv"


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job in the table: the job, why it failed, and what came out of it."""

    job: BackgroundJob
    problem: str
    facts: list[tuple[str, str]]


def training_routes(work: Work) -> list[Route]:
    """Return the routes of training."""
    pages = _Training(work)
    return [
        Route("/desk/training", pages.training),
        Route("/desk/training/start", work.starting(pages.start), methods=["POST"]),
    ]


def shown_jobs(jobs: list[BackgroundJob], lang: Lang) -> list[ShownJob]:
    """Return jobs with their outcome, as tables show them."""
    return [
        ShownJob(job, job.problem(), job_result(job, lang).facts[:4] if job.state == "done" else []) for job in jobs
    ]


@dataclass(eq=False)
class _Training:
    work: Work
    _triggers: dict[Any, RetrainTriggers] = field(default_factory=dict)

    def training(self, request: Request) -> Response:
        """Answer `/desk/training`."""
        console = self.work.console
        champion, model = console.loop.find_version(CHAMPION), console.store.model()
        kind = request.query_params.get("kind", "")
        return self.work.page(
            request,
            "training.html.j2",
            first=model.name if model else "",
            answers=0 if champion else len(console.loop.answers()),
            triggers=self._read_triggers() if champion else None,
            jobs=shown_jobs(self.work.jobs.last(_SHOWN, kind), lang_of(request)),
            kind=kind,
            missing=missing_module("train"),
            enough=ENOUGH_ANSWERS,
            most_days=MOST_DAYS,
            audit_weeks=AUDIT_WEEKS,
        )

    def start(self, request: Request, fields: Fields) -> JobOrder | Response:
        """Return the job that a form wants: `retrain`, or `teach` from corrections."""
        person, why = started_by(request), why_of(fields)
        if fields.get("kind") == "teach":
            commands = [
                ["catalog", "corrections", "--out", _CORRECTIONS],
                ["teach", _CORRECTIONS, "--out", "models/shop", "--format", "json", f"--by={person}"],
            ]
            return JobOrder("teach", commands, person, {"why": why})
        command = ["retrain", "--format", "json", f"--by={person}", f"--why={why}"]
        return JobOrder("retrain", [command], person, {"why": why})

    def _read_triggers(self) -> RetrainTriggers:
        """Return how near the reasons are; read again when there are new answers, runs or alarms, or a minute later."""
        api = self.work.console.api
        runs, alarms = api.loop.runs(KIND), api.loop.alarms(open_only=True)
        key = (api.loop.last_answer(), len(runs), len(alarms), int(time.time() // 60))
        if key not in self._triggers:
            retraining = Retraining(api.loop, api.store, api.features)
            self._triggers = {key: retraining.triggers(api.loop.version(CHAMPION))}
        return self._triggers[key]
