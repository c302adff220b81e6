"""The problems in a feed: all of them in a file, the first ones on stderr."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from saekdong.cli import show
from saekdong.csv_cells import Writer
from saekdong.errors import SaekdongError
from saekdong.fetch.urls import redacted
from saekdong.files import whole_file

if TYPE_CHECKING:
    from saekdong.catalog.feeds import Problem


class Problems:
    """A feed's problems, over several runs; if a run has the same ones as the run before, they are not reported again.

    Attributes:
        are_news: whether the last run's problems differ from those of the run before.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.are_news = False
        self.count = self.sum = 0

    @contextmanager
    def noted(self) -> "Iterator[Callable[[Problem], None]]":
        """Yield a function that notes a problem of one run. They are written to the file; without any, it is removed.

        At the end the first ones are reported, also if reading the feed fails: they may explain it.
        """
        before = (self.count, self.sum)
        self.count = self.sum = 0
        first: list[str] = []
        broken: SaekdongError | None = None
        with _not_hiding(lambda: broken), whole_file(self.path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
            writer = Writer(text)
            writer.writerow(["FEED", "LINE", "PRODUCT", "FIELD", "REASON"])

            def on_problem(problem: "Problem") -> None:
                problem = replace(problem, reason=redacted(problem.reason))
                self.count += 1
                # They come in any order.
                self.sum += hash(str(problem))
                if self.count <= show.MOST_PROBLEMS:
                    first.append(str(problem))
                writer.writerow([problem.feed, problem.line or "", problem.product, problem.field, problem.reason])

            try:
                yield on_problem
            except SaekdongError as error:
                broken = error
            text.detach()
        self.are_news = (self.count, self.sum) != before
        if self.count and self.are_news:
            show.problems(first, total=self.count)
            show.message(f"problems: {self.path}")
        if not self.count:
            self.path.unlink()
        if broken:
            raise broken


@contextmanager
def _not_hiding(broken: Callable[[], SaekdongError | None]) -> Iterator[None]:
    """Raise the run's error if the file of problems cannot be written either: a full disk causes both."""
    try:
        yield
    except SaekdongError as error:
        raise broken() or error from error
