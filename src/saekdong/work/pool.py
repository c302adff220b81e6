"""Distribute batches over processes or a Dask cluster; if a worker dies, only the item that caused it fails."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import closing, contextmanager
from multiprocessing.synchronize import Barrier
from typing import Any, Generic, Protocol, TypeVar

from saekdong.cores import count_cores
from saekdong.errors import SaekdongError
from saekdong.extras import missing_extra

DASK_LOCAL = "dask-local"
DASK = "dask://"
_MOST_DEATHS = 50
_LOOK_SECONDS = 0.5
_START_SECONDS = 300.0
_DASK = {
    # Dask must not give a batch that killed its worker to other workers: it is halved here.
    "distributed.scheduler.allowed-failures": 0,
    # Each worker queues its next batch; the profiler is off, because its data is not used.
    "distributed.scheduler.worker-saturation": 2.0,
    "distributed.worker.profile.enabled": False,
    # Without MALLOC_TRIM_THRESHOLD_: if memory is returned to the system and taken again, a photo takes a sixth longer.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
}
_T = TypeVar("_T")
_R = TypeVar("_R")
_Landed = tuple[list[tuple[Sequence[_T], Sequence[_R]]], list[Sequence[_T]]]


class Workers(Protocol):
    """What batches are submitted to.

    Attributes:
        jobs: the number of batches worked on at a time.
        shares_files: whether the workers have the same files as this machine.
    """

    jobs: int
    shares_files: bool

    def submit(self, function: Callable[[_T], _R], batch: _T) -> "Future[_R]":
        """Start to work on a batch."""

    def renew(self) -> None:
        """Restart workers that died."""

    def close(self) -> None:
        """Release the workers."""


@contextmanager
def open_workers(executor: str | None, jobs: int | None, setup: Callable[[], None]) -> Iterator[Workers]:
    """Open the workers that batches are submitted to.

    Args:
        executor: None for processes of this machine, `dask-local` for a new Dask cluster on it, or `dask://HOST:PORT`
            for a running one.
        jobs: the number of processes; by default one per core that this process may use. A running cluster has its
            own number.
        setup: a function that each worker calls first.

    Raises:
        SaekdongError: Dask is not installed, or the cluster does not answer.
    """
    jobs = jobs or count_cores()
    workers: Workers
    if executor is None:
        workers = _Processes(jobs, setup)
    elif executor == DASK_LOCAL:
        workers = _Dask(None, jobs, setup)
    elif executor.startswith(DASK):
        workers = _Dask("tcp://" + executor.removeprefix(DASK), jobs, setup)
    else:
        raise SaekdongError(f"there is no executor {executor}", fix=f"give {DASK_LOCAL} or {DASK}HOST:PORT")
    with closing(workers):
        yield workers


class _Processes:
    """Processes of this machine. They are forked from a server that has not loaded any image library."""

    shares_files = True

    def __init__(self, jobs: int, setup: Callable[[], None]) -> None:
        self.jobs, self.setup = jobs, setup
        self.executor = self._new()

    def submit(self, function: Callable[[_T], _R], batch: _T) -> "Future[_R]":
        return self.executor.submit(function, batch)

    def renew(self) -> None:
        self.executor.shutdown(cancel_futures=True)
        self.executor = self._new()

    def close(self) -> None:
        self.executor.shutdown(cancel_futures=True)

    def _new(self) -> Executor:
        context = multiprocessing.get_context("forkserver")
        all_here = context.Barrier(self.jobs)
        executor = ProcessPoolExecutor(self.jobs, context, _begin_worker, (self.setup, all_here))
        # Start all now: Python 3.11 waits forever for a worker that is started while another one dies.
        for _ in range(self.jobs):
            executor.submit(_nothing)
        return executor


def _nothing() -> None:
    """Do nothing, in a worker."""


def _begin_worker(setup: Callable[[], None], all_here: Barrier) -> None:
    # Ctrl-C reaches the whole process group; the parent decides what is still finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    all_here.wait(_START_SECONDS)
    setup()


def _end_with_parent() -> None:
    """End this process when its parent was killed; otherwise it would wait for work forever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


class _Dask:
    """A Dask cluster, with the same interface as processes."""

    def __init__(self, address: str | None, jobs: int, setup: Callable[[], None]) -> None:
        try:
            import dask
            from distributed import Client, LocalCluster
        except ImportError as error:
            raise missing_extra("dask", "Dask is not installed") from error
        with dask.config.set(_DASK):
            self.cluster = address is None and LocalCluster(
                n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
            )
        try:
            self.client = Client(self.cluster or address, timeout=10)
        except (OSError, ValueError) as error:
            raise SaekdongError(f"the Dask scheduler {address} does not answer", fix="start it, or check it") from error
        self.client.register_worker_callbacks(setup=setup)
        self.executor = self.client.get_executor(pure=False, retries=0)
        self.jobs = max(sum(self.client.nthreads().values()), 1)
        self.shares_files = address is None

    def submit(self, function: Callable[[_T], _R], batch: _T) -> "Future[_R]":
        future: Future[_R] = self.executor.submit(function, batch)
        return future

    def renew(self) -> None:
        if self.client.status != "running":
            raise SaekdongError("the Dask cluster is gone", fix="start it again; the next run goes on from here")

    def close(self) -> None:
        self.client.close()
        if self.cluster:
            self.cluster.close()


def spread(
    function: Callable[[Sequence[_T]], Sequence[_R]],
    batches: Iterable[Sequence[_T]],
    workers: Workers,
    failed: Callable[[_T, BaseException], _R],
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Sequence[_T], Sequence[_R]]]:
    """Yield each batch with the results of `function`, one per item, as they become ready; those ready, in order.

    If a batch raises or kills its worker, it is retried alone; then it is halved, and its halves again, until the item
    that causes it is alone.

    Args:
        function: processes a batch; importable by the workers.
        batches: taken as workers become free, two for each; an empty one means "none at the moment".
        workers: the workers to use.
        failed: returns the result of an item that fails.
        should_stop: if it returns true, no more batches are taken; those in flight are finished.

    Raises:
        SaekdongError: workers die with any item.
    """
    source, flight = iter(batches), _Flight(function, workers)
    alone = _Alone(function, workers, failed)
    is_over = False
    while flight.futures or not is_over:
        is_idle = False
        while not (is_over or is_idle or flight.is_full):
            batch = next(source, None)
            is_over = batch is None or should_stop()
            is_idle = not batch
            if batch and not is_over:
                flight.add(batch)
        done, suspects = flight.landed(timeout=0 if is_idle else _LOOK_SECONDS)
        for batch, results in done:
            alone.deaths = 0
            yield batch, results
        if suspects:
            done, more = flight.all_landed()
            yield from done
            workers.renew()
            # Nothing else runs while the suspects run.
            for batch in [*suspects, *more]:
                if not should_stop():
                    yield batch, alone.work(batch)


class _Flight(Generic[_T, _R]):
    """The batches in progress.

    Attributes:
        futures: their pending results, in the order in which they were added.
    """

    def __init__(self, function: Callable[[Sequence[_T]], Sequence[_R]], workers: Workers) -> None:
        self._function, self._workers = function, workers
        self.futures: dict[Future[Sequence[_R]], Sequence[_T]] = {}

    @property
    def is_full(self) -> bool:
        """Whether every worker has its next batch queued."""
        return len(self.futures) >= 2 * self._workers.jobs

    def add(self, batch: Sequence[_T]) -> None:
        self.futures[_submitted(self._workers, self._function, batch)] = batch

    def landed(self, timeout: float) -> "_Landed[_T, _R]":
        """Wait until a batch ends; return those with results, and those that failed."""
        if not self.futures:
            return [], []
        return self._taken(wait(self.futures, timeout, FIRST_COMPLETED).done)

    def all_landed(self) -> "_Landed[_T, _R]":
        """Wait until all batches end; if a worker died, they fail with it or end."""
        return self._taken(wait(self.futures).done)

    def _taken(self, ended: Container[Future[Sequence[_R]]]) -> "_Landed[_T, _R]":
        taken = [(self.futures.pop(future), future) for future in list(self.futures) if future in ended]
        done = [(batch, future.result()) for batch, future in taken if future.exception() is None]
        return done, [batch for batch, future in taken if future.exception() is not None]


def _submitted(
    workers: Workers, function: Callable[[Sequence[_T]], Sequence[_R]], batch: Sequence[_T]
) -> "Future[Sequence[_R]]":
    try:
        return workers.submit(function, batch)
    except BrokenExecutor as error:
        future: Future[Sequence[_R]] = Future()
        future.set_exception(error)
        return future


class _Alone:
    """Finds the items that fail, by working on one batch at a time."""

    def __init__(
        self, function: Callable[..., Any], workers: Workers, failed: Callable[[Any, BaseException], Any]
    ) -> None:
        self.function, self.workers, self.failed = function, workers, failed
        self.deaths = 0

    def work(self, batch: Sequence[Any]) -> list[Any]:
        """Return one result per item."""
        try:
            results = list(_submitted(self.workers, self.function, batch).result())
        except Exception as error:
            self.deaths += 1
            if self.deaths > _MOST_DEATHS:
                raise SaekdongError(
                    f"the workers die with any item ({type(error).__name__}: {error})",
                    fix="make sure that they have enough memory; fewer --jobs need less",
                ) from error
            self.workers.renew()
            if len(batch) > 1:
                middle = len(batch) // 2
                return self.work(batch[:middle]) + self.work(batch[middle:])
            return [self.failed(batch[0], error)]
        self.deaths = 0
        return results
