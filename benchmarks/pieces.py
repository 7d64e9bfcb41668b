"""What grading is made of, piece by piece: each in a sandbox and, beside it, without one."""

import asyncio
import socket
import statistics
import subprocess
import sys
import time
from functools import partial

import numpy as np
from jupyter_client import AsyncKernelManager, KernelManager
from traitlets.config import Config

from nbexaminer.nursery import Nursery
from nbexaminer.provisioner import RoomKernelManager
from nbexaminer.room import Room
from nbexaminer.student import Student

PROCESS, KERNEL, CALL = "start a process, and wait for its end", "start a kernel, until it answers", "a call of tanh"
CALLS = 200  # in each round


def measure(rounds):
    """Time the pieces, in turns.

    Returns
    -------
    list of (str, str, float)
        Piece, way, and the median of its seconds.
    """
    with Nursery() as nursery, Called() as called:
        warm = Config()
        warm.RoomProvisioner.nursery = nursery.path
        pieces = {
            (PROCESS, "plain"): partial(subprocess.run, ["true"], check=True),
            (PROCESS, "in a room"): in_room,
            (KERNEL, "plain"): partial(answers, partial(AsyncKernelManager, transport="ipc")),
            (KERNEL, "in a room"): partial(answers, RoomKernelManager),
            (KERNEL, "in a room, warm"): partial(answers, partial(RoomKernelManager, config=warm)),
            (CALL, "an execute_request of Jupyter's"): called.over_jupyter,
            (CALL, "across the border"): called.across,
        }
        times = {piece: [] for piece in pieces}
        pieces[KERNEL, "in a room, warm"]()  # the nursery itself needs a moment
        for _ in range(rounds):
            for piece, work in pieces.items():
                times[piece] += work() if piece[0] != PROCESS else [timed(work)]
    return [(*piece, statistics.median(seconds)) for piece, seconds in times.items()]


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_room():
    if Room().run(["true"]).returncode:
        sys.exit("no rooms here")


def answers(manager):
    """[seconds until a new kernel answers]"""

    async def session():
        start = time.perf_counter()
        km = manager()
        await km.start_kernel()
        kc = km.client()
        kc.start_channels()
        await kc.wait_for_ready(timeout=60)
        seconds = time.perf_counter() - start
        kc.stop_channels()
        await km.shutdown_kernel(now=True)
        return [seconds]

    return asyncio.run(session())


class Called:
    """A kernel with a function tanh, to be called with 100 numbers."""

    def __enter__(self):
        ours, theirs = socket.socketpair()
        self.manager = KernelManager(transport="ipc")
        self.manager.start_kernel(pass_fds=(theirs.fileno(),))
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.student = Student(ours, self.manager.interrupt_kernel)
        self.student.install(self.client, theirs.fileno())
        theirs.close()
        self.run("import numpy as np\ndef tanh(x): return np.tanh(x)\nx = np.ones((10, 10))")
        return self

    def __exit__(self, *_):
        self.student.close()
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code):
        self.client.execute_interactive(code, timeout=60, output_hook=lambda message: None)

    def over_jupyter(self):
        return [timed(partial(self.run, "tanh(x)")) for _ in range(CALLS)]

    def across(self):
        tanh, x = self.student.fetch(["tanh"])["tanh"], np.ones((10, 10))
        return [timed(partial(tanh, x)) for _ in range(CALLS)]
