"""What is wrong in a feed: all of it in a file, the first of it on stderr."""

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
    """A feed's problems, run after run; a run with the same as the one before is not told again.

    Attributes:
        are_news: whether the last run's differ from those of the one before.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.are_news = False
        self.count = self.sum = 0

    @contextmanager
    def noted(self) -> "Iterator[Callable[[Problem], None]]":
        """Lend what notes problems of one run: they are written to the file, which goes where there are none.

        At the end the first are told; where the feed cannot be read to its end too: they may say why.
        """
        before = (self.count, self.sum)
        self.count = self.sum = 0
        told: list[str] = []
        broken: SaekdongError | None = None
        with _not_hiding(lambda: broken), whole_file(self.path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
            writer = Writer(text)
            writer.writerow(["FEED", "LINE", "PRODUCT", "FIELD", "REASON"])

            def tell(problem: "Problem") -> None:
                problem = replace(problem, reason=redacted(problem.reason))
                self.count += 1
                # In whatever order they come.
                self.sum += hash(str(problem))
                if self.count <= show.MOST_PROBLEMS:
                    told.append(str(problem))
                writer.writerow([problem.feed, problem.line or "", problem.product, problem.field, problem.reason])

            try:
                yield tell
            except SaekdongError as error:
                broken = error
            text.detach()
        self.are_news = (self.count, self.sum) != before
        if self.count and self.are_news:
            show.problems(told, total=self.count)
            show.message(f"problems: {self.path}")
        if not self.count:
            self.path.unlink()
        if broken:
            raise broken


@contextmanager
def _not_hiding(broken: Callable[[], SaekdongError | None]) -> Iterator[None]:
    """Raise what broke the run if the file of problems cannot be written either: a full disk is full for both."""
    try:
        yield
    except SaekdongError as error:
        raise broken() or error from error
