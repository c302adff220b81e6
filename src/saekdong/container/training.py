"""`IMAGE train`: a SageMaker training job."""

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saekdong.color import Vocabulary
from saekdong.container.hosts import wait_for, working
from saekdong.container.job import TrainingPlan, channel_files, read_hosts, read_plan, training_channel, vocabulary
from saekdong.container.layout import Layout
from saekdong.container.stopping import Stopping
from saekdong.errors import RowsError, SaekdongError
from saekdong.lang import counted
from saekdong.model import artifact
from saekdong.model.classifier import Recipe
from saekdong.model.evaluation import evaluate
from saekdong.model.metric_lines import SEARCH, metric_line
from saekdong.model.outputs import write_report
from saekdong.model.reading import Reading, read_rows, write_rejects
from saekdong.model.rows import Rows, join
from saekdong.model.search import Search, Trial, recipes, search
from saekdong.model.training import Trained, train


def run_job(layout: Layout | None = None) -> int:
    """Train as configured, and return the exit code; if it fails, output/failure has the reason."""
    layout = layout or Layout.here()
    try:
        hosts = read_hosts(layout)
        if not hosts.is_first:
            _say(f"{hosts.names[0]} trains; this host waits for it")
            wait_for(hosts.names[0])
            return 0
        with working(hosts.names):
            _Job(layout, read_plan(layout)).run()
    except SaekdongError as error:
        return _fail(layout, str(error), error.exit_code)
    except MemoryError:
        return _fail(layout, "out of memory; choose an instance with more of it, or fewer rows")
    except Exception as error:
        traceback.print_exc()
        return _fail(layout, f"unexpected {type(error).__name__}: {error}")
    return 0


def _fail(layout: Layout, reason: str, code: int = 1) -> int:
    print(f"saekdong: {reason}", file=sys.stderr, flush=True)
    layout.write_failure(reason)
    return code


def _say(text: str) -> None:
    print(text, flush=True)


class _Job:
    """One training job, from its channels to its model."""

    def __init__(self, layout: Layout, plan: TrainingPlan) -> None:
        self._layout = layout
        self._plan = plan
        self._saved = False
        self._stopping = Stopping(self._give_up)

    def run(self) -> None:
        plan = self._plan
        rows = self._read_train()
        trained, searched = self._train(rows, recipes(plan.space, plan.model, plan.settings, plan.balance))
        self._save(trained)
        _say(f"{trained.classifier.recipe}, cross-validated on {counted(trained.evaluation.rows, 'row')}")
        _say(metric_line("cv", trained.evaluation.figures()))
        for channel in ("validation", "test"):
            self._evaluate(trained, channel)
        write_report(self._layout.data, trained, searched, [], plan.lang)

    def _read_train(self) -> Rows:
        words = vocabulary(self._layout, self._plan.labels)
        name = training_channel(self._layout)
        channel = _read_channel(self._layout, name, words, strict=self._plan.strict)
        if channel is None:
            raise SaekdongError(
                f"the channel {name} has no files ({self._layout.channel(name)})", fix="give it CSV or Parquet rows"
            )
        for file, reading in channel.readings.items():
            if reading.rejected:
                place = file.relative_to(self._layout.channel(name)).with_suffix(".csv")
                write_rejects(self._layout.data / "rejects" / place, reading)
                first = reading.rejected[0]
                _say(f"{file}: {counted(len(reading.rejected), 'bad row')} left out; line {first.line}: {first.reason}")
        rows = channel.rows.with_used_labels()
        if len(rows.vocabulary) < 2:
            raise RowsError(
                f"the rows have one label only, {rows.vocabulary.ids[0]!r}", fix="add rows of at least one other label"
            )
        _say(f"{counted(len(rows), 'row')}, {counted(len(rows.vocabulary), 'label')}: {', '.join(rows.vocabulary.ids)}")
        return rows

    def _train(self, rows: Rows, candidates: Sequence[Recipe]) -> tuple[Trained, Search | None]:
        """Train the only candidate, or the recipe that a search finds; train the first before it, as a fallback."""
        seed = self._plan.seed
        first = train(rows, candidates[0], seed)
        if len(candidates) == 1:
            return first, None
        self._save(first)
        searched = self._search(rows, candidates)
        if searched is None or searched.chosen.recipe == candidates[0]:
            return first, searched
        return train(rows, searched.chosen.recipe, seed), searched

    def _search(self, rows: Rows, candidates: Sequence[Recipe]) -> Search | None:
        """Return a search's result, or None if SIGTERM ended it before it found a recipe."""
        best_trials: list[Trial] = []

        def on_progress(_done: int, _count: int, best: Trial | None) -> None:
            if best is not None and best not in best_trials:
                best_trials.append(best)
                _say(f"{SEARCH}={best.accuracy:.6f} {best.recipe}")

        try:
            with self._stopping.interrupting():
                found = search(rows, candidates, self._plan.seed, self._plan.budget, on_progress)
        except KeyboardInterrupt:
            return None
        finally:
            if self._stopping.asked:
                _say("SIGTERM: going on with the best model found so far")
        return found

    def _save(self, trained: Trained) -> None:
        with self._stopping.saving():
            artifact.save_unpacked(trained.artifact, self._layout.model)
            self._saved = True

    def _give_up(self) -> int:
        if self._saved:
            _say("SIGTERM: time is over; the model saved before is kept")
            return 0
        return _fail(self._layout, "stopped by SIGTERM before a first model was trained; give the job more time")

    def _evaluate(self, trained: Trained, channel: str) -> None:
        model = trained.artifact
        found = _read_channel(self._layout, channel, model.vocabulary)
        if found is not None:
            figures = evaluate(found.rows, model.predict_proba(found.rows.rgb), model.table).figures()
            _say(f"{channel}: {counted(len(found.rows), 'row')}\n{metric_line(channel, figures)}")


@dataclass(frozen=True)
class _Channel:
    """The rows of a channel's files, together and file by file."""

    rows: Rows
    readings: dict[Path, Reading]


def _read_channel(layout: Layout, name: str, words: Vocabulary | None, *, strict: bool = False) -> _Channel | None:
    """Return the rows of a channel; None if it has no file."""
    files = channel_files(layout, name)
    if not files:
        return None
    readings = {file: read_rows(file, words, strict=strict, least_labels=1) for file in files}
    return _Channel(join([reading.rows for reading in readings.values()]), readings)
