"""Warm kernels: a process that has imported what kernels import is forked for each, which takes a tenth of the time.

`Nursery` keeps that process alive, `fork` asks it for a kernel, `nbexaminer.warm` is what runs in it.
"""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from traitlets import Unicode
from traitlets.config import LoggingConfigurable

from nbexaminer.folders import short_folder
from nbexaminer.room import Room, font_cache

BOOT = "import sys; sys.path[:1] = []; exec(compile(open(int(sys.argv[1])).read(), 'warm.py', 'exec'))"


class NurseryError(RuntimeError):
    """The nursery has made no kernel; the message says why."""


class Nursery(LoggingConfigurable):
    """Keeps a process from which warm kernels are forked, for any number of graders at once.

    ``with Nursery() as nursery: config.RoomProvisioner.nursery = nursery.path``

    The process is executed, not forked from this one, so nothing of this one's memory is in it. When it dies another
    takes its place; whoever connects meanwhile waits. It dies with this process, however that ends.
    """

    python = Unicode(sys.executable, help="The interpreter whose kernels are forked.").tag(config=True)

    path = None  # of the socket, while the nursery is open
    process = None  # subprocess.Popen of the present generation

    def start(self):
        """Start it and return at once: who connects waits until it is ready.

        Raises
        ------
        RoomError
            Rooms cannot be made.
        """
        fonts = font_cache(self.python)
        self._folder = short_folder("nursery-")
        for name, content in fonts.items():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        # as in a room, so that what is read only once is right; but HOME is one that exists
        environment = {**Room(parent=self).rules(self.python)["environment"], "HOME": str(self._folder)}
        del environment["PWD"]
        self.path = str(self._folder / "socket")
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(self.path)
        self._listener.listen(1000)
        self._closing = threading.Event()
        # the process is to die with the thread that starts it, so it is this one's only task
        self._keeper = threading.Thread(target=self._keep, args=(environment,), daemon=True)
        self._keeper.start()

    def close(self):
        """End it. Kernels that were forked live on. A closed or never started nursery may be closed."""
        if self.path is None:
            return
        self._closing.set()
        if self.process:
            self.process.kill()
        self._keeper.join()
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self.path = self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def _keep(self, environment):
        pause = 0.1
        while not self._closing.is_set():
            started = time.monotonic()
            try:
                why = self._live(environment)
            except OSError as error:
                why = error
            if not self._closing.is_set():
                # one that cannot even start is not tried all the time
                pause = 0.1 if time.monotonic() - started > 10 else min(2 * pause, 30)
                self.log.warning("The nursery of kernels ended and is started again: %s", why)
                self._closing.wait(pause)

    def _live(self, environment):
        """One generation: the process from its start to its end; returns the last that it wrote."""
        # A kernel's /proc/self/cmdline is to name no file of the host. And its /proc/self/exe is a way to the very file
        # that was executed, past the room's read-only view: it must not be one that anyone has other uses for.
        with (
            open(self._folder / "log", "w+b") as log,
            open(Path(__file__).with_name("warm.py")) as script,
            _copy_of(self.python) as image,
        ):
            fds = (script.fileno(), self._listener.fileno(), image.fileno())
            self.process = subprocess.Popen(
                [self.python, "-c", BOOT, str(fds[0]), str(fds[1]), str(os.getpid())],
                executable=f"/proc/self/fd/{fds[2]}",
                pass_fds=fds,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=environment,
                start_new_session=True,
            )
            if self._closing.is_set():
                self.process.kill()
            status = self.process.wait()
            log.seek(0)
            return f"status {status}. {log.read()[-1000:].decode(errors='replace').strip()}"


def _copy_of(program):
    """A file in memory that is a copy of a program, for good."""
    fd = os.memfd_create(Path(program).name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(program, "rb") as source, open(fd, "wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
        return open(f"/proc/self/fd/{fd}", "rb")  # what is open for writing cannot be executed


def fork(path, room, command, fds, timeout=10.0):
    """Have a nursery put a kernel into a room.

    Parameters
    ----------
    path : str
        The nursery's socket.
    room : Room
        One that is held empty.
    command : list of str
        ``[python, "-c", code, *arguments]``
    fds : dict of int to int
        Open descriptors for the kernel: ``{number there: number here}``
    timeout : float
        Seconds for it all.

    Returns
    -------
    int
        A pidfd of the kernel.

    Raises
    ------
    NurseryError
        It could not.
    OSError
        It is not there, or does not answer in time.
    """
    order = {"command": list(map(str, command)), "fds": list(fds), **room.rules(command[0])}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(timeout)
        connection.connect(path)
        socket.send_fds(connection, [json.dumps(order).encode()], [room.init_fd, *fds.values()])
        try:
            answer, received, *_ = socket.recv_fds(connection, 4000, 1)
        except ConnectionResetError:
            answer, received = b"", []
    if not received:
        raise NurseryError(answer.decode(errors="replace") or "the nursery has ended meanwhile")
    return received[0]
