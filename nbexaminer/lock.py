"""Locks that end with the process that holds them, however it ends."""

import contextlib
import fcntl
import os


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
