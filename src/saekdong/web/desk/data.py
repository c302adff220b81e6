"""The shop's data: products, answers and conflicts, feeds with their rhythm, and uploads with a preview."""

import csv
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import anyio.to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.catalog.review import MOST_COUNTED
from saekdong.entrance.errors import RequestError
from saekdong.errors import SaekdongError
from saekdong.evidence.health import LEAST_READS, is_overdue
from saekdong.jobs import JobOrder
from saekdong.web.api.request_bodies import MOST_BODY, body_of
from saekdong.web.desk.console import PAGES
from saekdong.web.desk.uploads import ACCEPTED, MOST_FILES, Preview, UploadError, Uploads, preview_counts
from saekdong.web.desk.work import Fields, Work, feed_text, started_by

_FRESH_SECONDS = 60.0
_PROBLEMS = 20
_MOST_PROBLEMS_READ = 1 << 20
_MOST_FEEDS = 200
_DAY, _HOUR = 86400.0, 3600.0


@dataclass(frozen=True, slots=True)
class ShownFeed:
    """A feed in the table.

    Attributes:
        feed: its name in the catalog.
        text: as a person reads it.
        products: how many it has.
        last: when it was read last, ISO 8601; empty if never.
        rhythm: the usual time between two reads, in seconds; None if it has no rhythm yet.
        is_overdue: whether it has not been read for twice that time.
    """

    feed: str
    text: str
    products: int
    last: str
    rhythm: float | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class DataFacts:
    """What grows with the catalog, counted now and then.

    Attributes:
        feeds: the feeds, the largest first.
        products: of all feeds.
        doubtful: products in doubt; one more than `MOST_COUNTED` if there are more.
        conflicts: products whose words and photos disagree; likewise.
    """

    feeds: tuple[ShownFeed, ...]
    products: int
    doubtful: int
    conflicts: int


def data_routes(work: Work) -> list[Route]:
    """Return the routes of data."""
    pages = _Data(work)
    return [
        Route("/desk/data", pages.data),
        Route("/desk/data/upload", pages.upload, methods=["POST"]),
        Route("/desk/data/preview", pages.preview),
        Route("/desk/data/add", work.starting(pages.add), methods=["POST"]),
        Route("/desk/data/drop", work.taking(pages.drop), methods=["POST"]),
    ]


@dataclass(eq=False)
class _Data:
    work: Work
    _facts: DataFacts | None = None
    _read_at: float = 0.0
    _reading: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def uploads(self) -> Uploads:
        """What people upload."""
        return Uploads(self.work.root / "uploads", self.work.console.store)

    def data(self, request: Request) -> Response:
        """Answer `/desk/data`."""
        return self._show(request)

    def _show(self, request: Request, problem: str = "", status: int = 200) -> Response:
        facts, loop = self._fresh_facts(), self.work.console.api.loop
        return self.work.page(
            request,
            "data.html.j2",
            status,
            facts=facts,
            feeds=facts.feeds[:_MOST_FEEDS],
            answers=loop.last_answer(),
            capped=lambda count: f"{min(count, MOST_COUNTED):,}{'+' if count > MOST_COUNTED else ''}",
            problems=read_problems(self.work.root / "catalog.errors.csv"),
            problem=problem,
            accepted=ACCEPTED,
            most_files=MOST_FILES,
            most_mb=MOST_BODY >> 20,
            rhythm_text=lambda seconds: rhythm_text(seconds, PAGES.texts(request)),
        )

    async def upload(self, request: Request) -> Response:
        """Answer an upload: keep it aside and lead to its preview."""
        texts = PAGES.texts(request)
        if self.work.console.store.is_read_only:
            return PAGES.message(request, 403, "not_started_title", "start_read_only")
        try:
            parser = MultiPartParser(request.headers, body_of(request), max_files=MOST_FILES, max_fields=20)
            form = await parser.parse()
        except (MultiPartException, HTTPException, KeyError):
            return await anyio.to_thread.run_sync(self._show, request, texts["upload_not-a-form"], 400)
        except RequestError as error:
            problem = texts["upload_too-large"].format(mb=MOST_BODY >> 20)
            return await anyio.to_thread.run_sync(self._show, request, problem, error.status)
        try:
            return await anyio.to_thread.run_sync(self._keep, request, form)
        finally:
            await form.close()

    def _keep(self, request: Request, form: FormData) -> Response:
        texts, feed = PAGES.texts(request), form.get("feed")
        files = [(each.filename or "", each.file) for each in form.getlist("file") if isinstance(each, UploadFile)]
        known = {each.feed for each in self._fresh_facts().feeds}
        try:
            upload = self.uploads.keep(files, feed if isinstance(feed, str) and feed in known else "")
        except UploadError as error:
            reason = texts[f"upload_{error.reason}"].format(mb=MOST_BODY >> 20, count=MOST_FILES, problem=error)
            return self._show(request, reason, 422)
        except SaekdongError as error:
            return self._show(request, str(error), 503)
        return RedirectResponse(f"/desk/data/preview?{urlencode({'upload': upload})}", 303)

    def preview(self, request: Request) -> Response:
        """Answer `/desk/data/preview?upload=`: what an upload would change."""
        upload = request.query_params.get("upload", "")
        preview = self._need(upload)
        return self.work.page(
            request,
            "preview.html.j2",
            preview=preview,
            upload=upload,
            counts=preview_counts(preview),
            feed_text=feed_text(preview.feed),
        )

    def add(self, request: Request, fields: Fields) -> JobOrder | Response:
        """Return the job that adds what was uploaded."""
        upload = fields.get("upload", "")
        preview = self._need(upload)
        if not preview.can_be_added:
            return PAGES.message(request, 422, "not_started_title", "preview_cannot")
        if self.work.jobs.running():
            return PAGES.message(request, 409, "not_started_title", "not_started_busy")
        place = self.uploads.confirm(upload, preview)
        name = f"uploads/{preview.place}"
        own = str(place) == preview.feed
        command = ["catalog", "add", "--format", "json", *([] if own else [f"--as={preview.feed}"]), "--", name]
        return JobOrder("add", [command], started_by(request), {"feed": preview.feed})

    def drop(self, _: Request, fields: Fields) -> Response:
        """Answer that an upload is not wanted."""
        self.uploads.drop(fields.get("upload", ""))
        return RedirectResponse("/desk/data", 303)

    def _need(self, upload: str) -> Preview:
        preview = self.uploads.preview(upload)
        if preview is None:
            raise HTTPException(404)
        return preview

    def _fresh_facts(self) -> DataFacts:
        """Return the counts, at most a minute old; while they are counted again, the last ones."""
        is_old = time.monotonic() - self._read_at > _FRESH_SECONDS
        if self._facts is None:
            with self._reading:
                self._facts = self._facts or self._count()
        elif is_old and self._reading.acquire(blocking=False):
            threading.Thread(target=self._count_again, daemon=True).start()
        return self._facts

    def _count_again(self) -> None:
        try:
            self._facts = self._count()
        finally:
            self._reading.release()

    def _count(self) -> DataFacts:
        store = self.work.console.store
        counts, reads, now = store.feed_counts(), store.feed_reads(), datetime.now(UTC)
        feeds = tuple(_shown(feed, counts.get(feed, 0), reads.get(feed, ()), now) for feed in {**counts, **reads})
        facts = DataFacts(feeds, sum(counts.values()), store.count_doubtful(), store.count_conflicts())
        self._read_at = time.monotonic()
        return facts


def read_problems(path: Path) -> list[list[str]]:
    """Return the first problems of the last run over a feed: feed, line, product, field, reason."""
    try:
        with path.open("rb") as file:
            lines = file.read(_MOST_PROBLEMS_READ).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return list(islice(csv.reader(lines), 1, _PROBLEMS + 1))


def rhythm_text(seconds: float | None, texts: Mapping[str, str]) -> str:
    """Write how often a feed is read."""
    if seconds is None:
        return texts["rhythm_none"]
    for unit, length in (("minutes", 60.0), ("hours", _HOUR), ("days", _DAY)):
        if seconds < 48 * length or unit == "days":
            return texts[f"rhythm_{unit}"].format(count=max(1, round(seconds / length)))
    return ""


def _shown(feed: str, products: int, reads: Sequence[str], now: datetime) -> ShownFeed:
    times = [datetime.fromisoformat(each).timestamp() for each in reads]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    rhythm = median(gaps) if len(times) >= LEAST_READS else None
    last = reads[-1] if reads else ""
    return ShownFeed(feed, feed_text(feed), products, last, rhythm, is_overdue(times, now.timestamp()))
