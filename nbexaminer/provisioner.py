"""Start a Jupyter kernel in a room.

The kernel's five ZeroMQ sockets are unix sockets that the *examiner* binds and listens on, in a private folder of the
host; the kernel inherits them as open descriptors. So no folder of the host is writable, or even visible, in the
room, the student can neither move nor replace a socket, and a client that connects early simply waits its turn.
"""

import asyncio
import json
import math
import os
import shutil
import signal
import socket
import time
from pathlib import Path

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Type, Unicode

from nbexaminer import nursery
from nbexaminer.folders import short_folder
from nbexaminer.room import HOME, Room, RoomError, check_rooms, font_cache

CHANNELS = ("shell", "iopub", "stdin", "hb", "control")
CONNECTION_FILE = ".local/share/jupyter/runtime/kernel.json"

# Runs in the room, in place of `-m ipykernel_launcher`: where the kernel would bind a socket, it takes the one that
# listens already. The inproc address is for ipykernel's debugger, which connects to the last address of the shell.
LAUNCHER = """
import sys
sys.path[0:1] = []  # a student's zmq.py must not replace the real one,
sys.path.append("")  # while a module of the student's own can still be imported
sys.argv.append("--IPKernelApp.ignore_cwd=True")
import json, zmq
listening, bind = json.loads(sys.argv.pop(1)), zmq.Socket.bind
def take_over(self, address):
    if address in listening:
        self.setsockopt(zmq.USE_FD, listening[address])
        bind(self, address)
        address = "inproc://" + address
    return bind(self, address)
zmq.Socket.bind = take_over
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""


class RoomProvisioner(KernelProvisionerBase):
    """Launch ipykernel in a `Room`, whose limits are configured as ``c.Room``.

    ``km.start_kernel(files={name: bytes or Path})`` says what the kernel finds in its home, which is its working
    directory; ``cwd`` and ``env`` do not enter a room. ``start_kernel`` raises RoomError where rooms cannot be made.
    """

    nursery = Unicode(
        help="Socket of a Nursery, from which kernels are forked. Without one, or where it fails, they start cold."
    ).tag(config=True)

    room = None
    folder = None  # the host's: the sockets, and what the kernel writes to its stdout and stderr

    @property
    def process(self):
        """The subprocess.Popen with which all that is in the room ends; None without a room."""
        return self.room and self.room.process

    @property
    def has_process(self):
        return self.process is not None

    async def pre_launch(self, **kwargs):
        check_rooms()
        km = self.parent
        if self.folder is None:
            self.folder = short_folder("room-")
        km.transport, km.ip, km.connection_file = "ipc", str(self.folder / "kernel"), str(self.folder / "kernel.json")
        for number, channel in enumerate(CHANNELS, 1):
            setattr(km, f"{channel}_port", number)
        km.write_connection_file()
        self.connection_info = km.get_connection_info()
        command = km.format_kernel_cmd(extra_arguments=kwargs.pop("extra_arguments", []))
        return await super().pre_launch(cmd=command, **kwargs)

    async def launch_kernel(self, cmd, files=None, pass_fds=(), **kwargs):
        """Start the kernel.

        Parameters
        ----------
        cmd : list of str
            The kernel spec's command.
        files : dict of str to bytes or Path
            What the kernel finds in its home, as for `Room.start`.
        pass_fds : sequence of int
            Open descriptors that the kernel inherits, beside its sockets.

        Returns
        -------
        dict
            Its connection info.

        Raises
        ------
        RoomError
            The kernel is not ipykernel, or rooms cannot be made.
        """
        sockets = {f"ipc://{path}": _listen(path) for path in (f"{self.parent.ip}-{n}" for n in range(1, 6))}
        try:
            numbers = {address: listener.fileno() for address, listener in sockets.items()}
            command = _in_room(cmd, numbers, self.parent.connection_file)
            files = {**(files or {}), CONNECTION_FILE: Path(self.parent.connection_file)}
            pass_fds = (*numbers.values(), *pass_fds)
            self.room = self.room or Room(parent=self)
            with open(self.folder / "log", "wb") as log:  # not a terminal, not a pipe that fills; bounded by file_size
                if not self._start_warm(command, files, pass_fds, log):
                    files = {**font_cache(cmd[0]), **files}
                    self.room.start(command, files=files, python=cmd[0], pass_fds=pass_fds, stdout=log, stderr=log)
        finally:
            for listener in sockets.values():
                listener.close()
        return self.connection_info

    def _start_warm(self, command, files, pass_fds, log):
        """Whether the nursery has put a kernel into the room."""
        if not self.nursery or self.nursery in _failed:
            return False
        if any(name.endswith("matplotlibrc") for name in files):
            return False  # it is read when matplotlib is imported, which has happened in the nursery
        self.room.hold(files=files, python=command[0], stderr=log)
        try:
            fds = {1: log.fileno(), 2: log.fileno(), **{fd: fd for fd in pass_fds}}
            self.room.admit(nursery.fork(self.nursery, self.room, command, fds))
            return True
        except nursery.NurseryError as error:
            self.log.warning("A kernel starts cold: %s", error)
        except OSError as error:
            self.log.warning("The nursery does not answer, so kernels start cold from now on: %s", error)
            _failed.add(self.nursery)
        return False

    async def poll(self):
        return self.room.poll() if self.has_process else 0

    async def wait(self):
        """Wait until everything in the room is dead; return the kernel's exit status, 1 if it was a warm one."""
        while (status := await self.poll()) is None:
            await asyncio.sleep(0.01)
        if self.room:
            self.room.close()
        return status

    async def send_signal(self, signum):
        if self.has_process:
            self.room.kill() if signum == signal.SIGKILL else self.room.signal(signum)

    async def kill(self, restart=False):
        if self.room:
            self.room.close()  # which waits for milliseconds, where the kernel manager would for a tenth of a second

    async def terminate(self, restart=False):
        await self.kill(restart)  # the student's code has nothing to put in order that anyone will see

    async def cleanup(self, restart=False):
        if self.room:
            self.room.close()
        if self.folder and not restart:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def log_tail(self, size=2000):
        """The last that bubblewrap or the kernel wrote to stderr: why a kernel did not start. Untrusted text."""
        try:
            with open(self.folder / "log", "rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - size))
                return log.read(size).decode(errors="replace")
        except (OSError, TypeError):
            return ""


_failed = set()  # sockets of nurseries that are not waited for again


class RoomKernelClient(AsyncKernelClient):
    """A client that takes the kernel for ready as soon as it is."""

    async def wait_for_ready(self, timeout=None):
        """Wait until the kernel has answered, on the shell channel and on the iopub channel.

        Only what arrives on iopub proves that this client's subscription has reached the kernel, so that no output
        will be lost; and only an answer to this client's question, that it is not from the kernel before a restart.

        Parameters
        ----------
        timeout : float
            Seconds; None waits for ever.

        Raises
        ------
        RuntimeError
            The kernel died, or did not answer in time.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        asked = {}  # id of a question: when

        async def answer(channel):
            while True:
                message = await channel.get_msg()
                if message["parent_header"].get("msg_id") in asked:
                    return message

        shell, iopub = (asyncio.ensure_future(answer(each)) for each in (self.shell_channel, self.iopub_channel))
        waiting = {shell, iopub}
        try:
            while waiting:
                # Ask again if what was published came before the subscription, or if the old kernel took the question.
                if shell.done() or time.monotonic() - max(asked.values(), default=-math.inf) > 1:
                    asked[self.kernel_info()] = time.monotonic()
                _, waiting = await asyncio.wait(waiting, timeout=0.1)
                if waiting and not await self._async_is_alive():
                    raise RuntimeError("Kernel died before replying to kernel_info")
                if waiting and time.monotonic() > deadline:
                    raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")
        finally:
            for future in waiting:
                future.cancel()
        iopub.result()  # raises what went wrong with it
        self._handle_kernel_info_reply(shell.result())


class RoomKernelManager(AsyncKernelManager):
    """A kernel manager that needs no configuration: its kernels run in rooms.

    ``NotebookClient(nb, km=RoomKernelManager())``
    """

    client_factory = Type(RoomKernelClient, klass=AsyncKernelClient, config=True)

    async def _async_shutdown_kernel(self, now=False, restart=False):
        # nothing in a room is worth a goodbye
        await super()._async_shutdown_kernel(now=True, restart=restart)

    shutdown_kernel = _async_shutdown_kernel

    async def _async_pre_start_kernel(self, **kwargs):
        if self.provisioner is None:
            self.provisioner = RoomProvisioner(kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**kwargs)

    pre_start_kernel = _async_pre_start_kernel


def _listen(path):
    Path(path).unlink(missing_ok=True)  # of the kernel before a restart
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(100)
    listener.setblocking(False)  # as ZeroMQ would have it
    return listener


def _in_room(command, sockets, connection_file):
    """The kernel spec's command, with our launcher, and the connection file where it is in the room."""
    if "ipykernel_launcher" not in command:
        raise RoomError(f"only ipykernel can run in a room, not {' '.join(command)!r}: choose the kernel python3")
    at = command.index("ipykernel_launcher")
    arguments = [
        arg.replace(os.path.realpath(connection_file), f"{HOME}/{CONNECTION_FILE}") for arg in command[at + 1 :]
    ]
    return [*command[: at - 1], "-c", LAUNCHER, json.dumps(sockets), *arguments]
