"""Temporary folders, of which nothing stays however a process ends, and locks on folders."""

import contextlib
import fcntl
import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

PREFIX = "nbexaminer-"


def short_folder(prefix):
    """A new temporary folder whose path leaves room for sockets, which may have 107 bytes."""
    parent = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent if len(parent) < 50 else "/tmp"))


@contextlib.contextmanager
def run_folder():
    """A folder that holds all temporary files of a run. Those of runs that were killed are removed.

    Until the end of the context, everything that asks the module tempfile for a place gets one in there.
    """
    folder, before = short_folder(PREFIX), tempfile.tempdir
    try:
        with locked(folder):
            for path in folder.parent.glob(f"{PREFIX}*"):
                with contextlib.suppress(OSError), locked(path):
                    end_all_of(path)
                    shutil.rmtree(path)
            tempfile.tempdir = str(folder)
            # where multiprocessing has its sockets; it would clean up after us, at the exit, and complain
            multiprocessing.current_process()._config["tempdir"] = str(folder)
            yield folder
    finally:
        tempfile.tempdir = before
        end_all_of(folder)
        shutil.rmtree(folder, ignore_errors=True)


def end_all_of(folder):
    """Kill the processes whose stderr is a file in this folder: of a run that is over, what its death has not ended.

    Bubblewrap's child waits for ever if bubblewrap is killed right after it has made it.
    """
    found = True
    while found:  # while they were looked for, one of them may have made another
        found = False
        for link in Path("/proc").glob("[0-9]*/fd/2"):
            with contextlib.suppress(OSError):
                if os.readlink(link).startswith(f"{folder}/"):
                    os.kill(int(link.parts[2]), signal.SIGKILL)
                    found = True
        time.sleep(0.01 * found)


@contextlib.contextmanager
def locked(folder):
    """Hold the lock on a folder.

    Raises
    ------
    BlockingIOError
        Another process holds it.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(fd)
