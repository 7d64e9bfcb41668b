"""Where submissions are graded: worker processes of this machine, or of a Dask cluster."""

import contextlib
import functools
import multiprocessing
import threading

from nbgrader.converters import NbGraderException
from pebble import ProcessPool

from nbexaminer.folders import run_folder
from nbexaminer.nursery import Nursery
from nbexaminer.worker import grade, initialize

TASKS = 100  # of a worker process, before another one takes its place: what libraries leak goes with it


class LocalPool:
    """Worker processes on this machine, each of which grades one submission at a time. A process can have one pool.

    Parameters
    ----------
    jobs : int
        How many.
    warm : bool
        Whether kernels come from a nursery. Rooms must be possible then.
    config : traitlets.config.Config, optional
        The nursery's; it has no kernels for rooms with another ``c.Room.environment``.
    """

    def __init__(self, jobs, warm=True, config=None):
        self.jobs = jobs
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(run_folder())
            nursery = stack.enter_context(Nursery(config=config)).path if warm else ""
            context = multiprocessing.get_context("forkserver")
            # once, not in every worker
            context.set_forkserver_preload(["nbexaminer.lean", "nbexaminer.worker", "matplotlib.pyplot"])
            self._pool = ProcessPool(jobs, TASKS, initialize, (str(folder), nursery), context)
            self._stack = stack.pop_all()

    def submit(self, course, work):
        """Have a submission graded; see `worker.grade`.

        Returns
        -------
        concurrent.futures.Future
            Of an `Outcome`. It raises pebble.ProcessExpired if the worker process died.

        Raises
        ------
        NbGraderException
            Worker processes cannot be started.
        """
        try:
            return self._pool.schedule(grade, (course, work))
        except RuntimeError as error:  # pebble gives up when workers die as soon as they are started
            raise NbGraderException(f"Worker processes cannot be started ({error}).") from error

    def slots(self):
        """How many submissions can be graded at a time."""
        return self.jobs

    def close(self):
        """End all workers, whatever they do. With them all their rooms are gone."""
        for worker in multiprocessing.active_children():
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
        self._pool.stop()
        self._pool.join()
        self._stack.close()


class ClusterPool:
    """The workers of a Dask cluster. Each thread of a worker stands for one worker process on its machine.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://192.0.2.1:8786``.

    Raises
    ------
    ImportError
        dask.distributed is not installed.
    OSError
        No answer from there, or no workers for half a minute.
    """

    def __init__(self, address):
        from distributed import Client

        self.client = Client(address, timeout=10, set_as_default=False)
        self.client.wait_for_workers(1, timeout=30)
        self._executor = self.client.get_executor(pure=False)

    def submit(self, course, work):
        """As `LocalPool.submit`. A submission whose worker dies is graded elsewhere."""
        return self._executor.submit(grade_there, course, work)

    def slots(self):
        """How many submissions can be graded at a time; changes as workers come and go."""
        return max(1, sum(self.client.nthreads().values()))

    def close(self):
        """Call off what is under way."""
        self._executor.shutdown(wait=False)
        self.client.close(timeout=1)


def grade_there(course, work):
    """`worker.grade` in a process of its own, on the machine of a Dask worker."""
    with _starting:
        pool = _pool_there()
    return pool.submit(course, work).result()


_starting = threading.Lock()  # a Dask worker has many threads


@functools.cache
def _pool_there():
    from distributed import get_worker

    # a nanny forbids its worker to have children, which could outlive it; ours do not
    multiprocessing.current_process()._config["daemon"] = False
    return LocalPool(get_worker().state.nthreads)
