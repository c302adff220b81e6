"""What the pages share that start long work: its jobs, who may start it, and the page that shows one."""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.errors import SaekdongError
from saekdong.jobs import BackgroundJob, JobOrder, JobRunningError, Jobs
from saekdong.printable import without_unprintable
from saekdong.web.access import visitor_of
from saekdong.web.desk.console import PAGES, Console
from saekdong.web.desk.job_results import JobResult, job_result
from saekdong.web.desk.sign_in import SIGN_IN
from saekdong.web.site.forms import form
from saekdong.web.site.rendering import lang_of

MOST_WHY = 300

Fields = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Work:
    """Long work of a workspace, as pages start and show it.

    Attributes:
        console: what the desk's routes share.
    """

    console: Console

    @cached_property
    def root(self) -> Path:
        """The workspace."""
        return self.console.store.path.resolve().parent

    @cached_property
    def jobs(self) -> Jobs:
        """The workspace's jobs."""
        return Jobs(self.root / "jobs")

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page, which knows what its reader may start and what its forms must bring back."""
        visitor, is_read_only = visitor_of(request), self.console.store.is_read_only
        return PAGES.page(
            request,
            template,
            status,
            token=visitor.form_token,
            may_start=visitor.may("editor") and not is_read_only,
            may_decide=visitor.may("admin") and not is_read_only,
            is_read_only=is_read_only,
            sign_in_address=f"{SIGN_IN}?back={quote(request.url.path, safe='')}",
            running=self.jobs.running(),
            **values,
        )

    def start(self, request: Request, order: JobOrder) -> Response:
        """Start a job, and lead to its page; or say why it cannot start."""
        try:
            job = self.jobs.start(order)
        except JobRunningError:
            return PAGES.message(request, 409, "not_started_title", "not_started_busy")
        except SaekdongError as error:
            texts = PAGES.texts(request)
            return PAGES.page(request, "message.html.j2", 503, heading=texts["not_started_title"], advice=str(error))
        return RedirectResponse(job_address(job.number), 303)

    def starting(self, order: Callable[[Request, Fields], JobOrder | Response]) -> Callable[[Request], Any]:
        """Return what answers a form that starts a job.

        Args:
            order: makes the order from the form's fields, or an answer that says what is wrong with them.
        """

        def answer(request: Request, fields: Fields) -> Response:
            if self.console.store.is_read_only:
                return PAGES.message(request, 403, "not_started_title", "start_read_only")
            made = order(request, fields)
            return made if isinstance(made, Response) else self.start(request, made)

        return self.taking(answer)

    def taking(self, answer: Callable[[Request, Fields], Response]) -> Callable[[Request], Any]:
        """Return what reads a form and answers it in a thread, as routes do that only read."""

        async def take(request: Request) -> Response:
            fields = dict(await form(request))
            return await anyio.to_thread.run_sync(answer, request, fields)

        return take


def work_routes(work: Work) -> list[Route]:
    """Return the routes of the page of a job."""

    def show(request: Request) -> Response:
        job = _job(work, request.query_params.get("number", ""))
        lang = lang_of(request)
        return work.page(
            request,
            "job.html.j2",
            job=job,
            clock=clock(job.seconds()),
            percent=percent_of(job),
            commands=[shlex.join(("saekdong", *command)) for command in job.order.commands],
            result=job_result(job, lang) if job.state == "done" else JobResult(),
        )

    def cancel(_: Request, fields: Fields) -> Response:
        job = _job(work, fields.get("number", ""))
        work.jobs.cancel(job.number)
        return RedirectResponse(job_address(job.number), 303)

    return [Route("/desk/job", show), Route("/desk/job/cancel", work.taking(cancel), methods=["POST"])]


def started_by(request: Request) -> str:
    """Return who a request is from, for the history."""
    return visitor_of(request).name


def job_address(number: int) -> str:
    """Return the address of a job's page."""
    return f"/desk/job?number={number}"


def why_of(fields: Fields) -> str:
    """Return the reason that a form gives, in one line without control characters."""
    return re.sub(r"\s+", " ", without_unprintable(fields.get("why", ""))).strip()[:MOST_WHY]


def feed_text(feed: str) -> str:
    """Return a feed's name as tables show it: the file with its folder, or the address.

    Example:
        >>> feed_text("/srv/shop/day-1/products.csv"), feed_text("https://shop.kr/feed.csv")
        ('day-1/products.csv', 'https://shop.kr/feed.csv')
    """
    return feed if "://" in feed else "/".join(feed.rsplit("/", 2)[1:]) or feed


def clock(seconds: float) -> str:
    """Write a time as minutes and seconds.

    Example:
        >>> clock(5), clock(754), clock(3671)
        ('0:05', '12:34', '1:01:11')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent_of(job: BackgroundJob) -> int | None:
    """Return how much of its command a running job has done, 0 to 100; None if it does not say."""
    progress = job.progress() if job.is_running else None
    if progress is None or not progress.total:
        return None
    return min(100, round(100 * progress.done / progress.total))


def _job(work: Work, number: str) -> BackgroundJob:
    job = work.jobs.find(int(number)) if number.isdecimal() and len(number) < 10 else None
    if job is None:
        raise HTTPException(404)
    return job
