"""The process that warm kernels are forked from; `nursery.Nursery` runs this file as a script.

It imports what kernels import, and then forks for everyone who connects. It never runs a student's code itself: the
fork enters the student's room, gives up all rights, and only then becomes a kernel. As every kernel is a copy of this
process, nothing may be in it that a student must not see: not even nbexaminer is imported.
"""

import contextlib
import ctypes
import fcntl
import gc
import importlib
import json
import os
import resource
import signal
import socket
import struct
import sys

MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "ipykernel.pylab.backend_inline",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "numpy.random",
    "numpy.linalg",
    "numpy.ma",
    "numpy.testing",
    "matplotlib.pyplot",
    "matplotlib.animation",
    "matplotlib.colors",
    "matplotlib_inline.config",
    "sqlite3",
    "tornado.platform.asyncio",
)
"""What is imported before any student is there; what is not installed, or does not load, is left out."""

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
SECCOMP_MODE_FILTER, CAPABILITY_VERSION_3 = 2, 0x20080522
NAMESPACES = {  # flags of setns(2)
    "user": 0x10000000,
    "mnt": 0x00020000,
    "pid": 0x20000000,
    "net": 0x40000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
    "cgroup": 0x02000000,
}

libc = ctypes.CDLL(None, use_errno=True)
environment = dict(os.environ)  # Python has read some of it when it started, libraries when they were imported
set_by_imports = {}  # environment variables


def call(function, *arguments):
    """A function of the C library; its numbers are passed as longs, its failure is an OSError."""
    arguments = [ctypes.c_ulong(each) if isinstance(each, int) else each for each in arguments]
    if function(*arguments) == -1:
        raise OSError(ctypes.get_errno(), f"{function.__name__}: {os.strerror(ctypes.get_errno())}")


def warm_up():
    """Import, and draw a figure, which leaves no state of pyplot."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as ipykernel will set it in the kernel
    before = dict(os.environ)
    for name in MODULES:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    set_by_imports.update({name: value for name, value in os.environ.items() if name not in before})
    with contextlib.suppress(Exception):
        import io

        from matplotlib import font_manager
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure()
        axes = figure.subplots()
        axes.plot([0, 1], [1, 10], label="a line")
        axes.set_title("a figure")
        axes.legend()
        FigureCanvasAgg(figure).print_png(io.BytesIO())
        del figure, axes
        for each in vars(font_manager).values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()  # of fonts, which are open files
    # It ties itself to the kernel's shell when it is imported, so each kernel imports it anew; its own imports stay.
    for name in ("matplotlib_inline.backend_inline", "ipykernel.pylab.backend_inline"):
        package, _, module = name.rpartition(".")
        if sys.modules.pop(name, None):
            delattr(sys.modules[package], module)
    gc.collect()
    gc.freeze()  # collecting would write to pages that are shared with the kernels


def check_forkable(listener):
    """Raise RuntimeError if a fork would share more with its siblings than memory that is copied when written to."""
    threads = os.listdir("/proc/self/task")
    files = set(os.listdir("/proc/self/fd")) - {"0", "1", "2", str(listener)}
    files = [fd for fd in files if os.path.exists(f"/proc/self/fd/{fd}")]  # not the one that listed them
    with open("/proc/self/maps") as maps:
        shared = [line for line in maps if line.split()[1] in ("rw-s", "-w-s")]
    if len(threads) > 1 or files or shared:
        raise RuntimeError(f"not fit to be forked: {threads=} {files=} {shared=}")


def serve(listener):
    """Fork for everyone who connects. Returns in the kernel's process alone: the command to run."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(fileno=listener) as listener:
        while True:
            connection, _ = listener.accept()
            try:
                child = os.fork() == 0
            except OSError:  # too many processes: whoever asks sees the connection end
                child = False
            if child:
                listener.close()
                return become_a_kernel(connection)
            connection.close()


def become_a_kernel(connection):
    """Read what is asked for, enter the room, and answer with a pidfd, or with why it cannot be done.

    Three processes: the first enters the room's namespaces, of which that for processes holds for its children only;
    the second, in the room, gives up its rights; the third is an orphan there, hence a child of the room's init.
    """
    try:
        text, fds, *_ = socket.recv_fds(connection, 1 << 20, 250)
        order = json.loads(text)
        command = order["command"]
        if command[:2] != [sys.executable, "-c"]:
            raise ValueError(f"the nursery is for {sys.executable} -c, not for {command[:2]}")
        wanted = {**order["environment"], "HOME": environment["HOME"]}
        if {name for name, _ in wanted.items() ^ environment.items()} - {"PWD"}:
            raise ValueError("the nursery has other environment variables")
        with open("/proc/self/oom_score_adj", "w") as score:  # cannot be written in a room
            score.write("1000")
        connection, room, *fds = keep_only([connection.detach(), *fds], order["fds"])
        connection = socket.socket(fileno=connection)
        enter(room)
        os.close(room)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            os._exit(0)
        for fd, number in zip(fds, order["fds"], strict=True):
            os.dup2(fd, number)
            os.close(fd)
        give_up_rights(order)
        if os.fork():
            os._exit(0)
        os.setsid()
        be_as_new(command, order)
        kernel = os.pidfd_open(os.getpid())
        socket.send_fds(connection, [b"in"], [kernel])
        os.close(kernel)
        connection.close()
        return command
    except BaseException as error:
        with contextlib.suppress(OSError):
            connection.send(f"{type(error).__name__}: {error}"[:1000].encode())
        os._exit(1)


def keep_only(fds, numbers):
    """Move descriptors to where they are in the way of none of `numbers`, and close all others but the first three."""
    base = max(3, *fds, *numbers) + 1
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, base) for fd in fds]
    os.closerange(3, base)
    os.closerange(moved[-1] + 1, 1 << 20)
    return moved


def enter(room):
    """Enter the namespaces of the process with this pidfd, for all that this process forks from now on."""
    with open(f"/proc/self/fdinfo/{room}") as lines:
        pid = dict(line.split(":", 1) for line in lines)["Pid"].strip()
    # where a kernel has no cgroup namespaces, bubblewrap does without
    flags = {n: f for n, f in NAMESPACES.items() if not os.path.samefile(f"/proc/self/ns/{n}", f"/proc/{pid}/ns/{n}")}
    if not flags.keys() >= NAMESPACES.keys() - {"cgroup"}:
        raise RuntimeError(f"not a room: it has only {list(flags)} of its own")
    if os.geteuid() == 0:
        os.setgroups([])  # an ordinary user may not, and keeps them in a cold room, too
    call(libc.setns, room, sum(flags.values()))


def give_up_rights(order):
    """What bubblewrap and prlimit do in a cold room, in an order that leaves each step the rights it needs."""
    for name, limit in order["limits"].items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (limit, limit))
    with open("/proc/sys/kernel/cap_last_cap") as last:
        for capability in range(int(last.read()) + 1):
            call(libc.prctl, PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setresgid(*[order["uid"]] * 3)
    os.setresuid(*[order["uid"]] * 3)
    call(libc.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    call(libc.capset, struct.pack("Ii", CAPABILITY_VERSION_3, 0), bytes(24))  # effective, permitted, inheritable
    call(libc.prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/self belongs to root
    call(libc.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    program = bytes.fromhex(order["seccomp"])
    text = ctypes.create_string_buffer(program, len(program))
    filter = struct.pack("HP", len(program) // 8, ctypes.addressof(text))
    call(libc.prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter, 0, 0)


def be_as_new(command, order):
    """Make this look, to the Python code that comes, like a Python that has just started."""
    os.environ.clear()
    os.environ.update(set_by_imports | order["environment"])
    os.chdir(order["home"])
    sys.argv, sys.orig_argv = ["-c", *command[3:]], command
    # what *.pth files have added may not exist in a room; Python's own zip file exists nowhere
    sys.path[:] = ["", *(path for path in sys.path if os.path.exists(path) or path.endswith(".zip"))]
    if "numpy.random" in sys.modules:  # else all kernels would draw the same; `random` sees to itself after a fork
        sys.modules["numpy.random"].seed()


def main(listener, owner):
    """Get ready and serve on a listening socket until the owner, who is the parent, has died or killed this process."""
    call(libc.prctl, PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != owner:
        sys.exit()  # it has died before
    with open("/proc/self/comm", "w") as name:  # else the number of the descriptor that it was executed from
        name.write(os.path.basename(sys.executable))
    os.closerange(3, listener)
    os.closerange(listener + 1, 1 << 20)
    warm_up()
    check_forkable(listener)
    return serve(listener)


if __name__ == "__main__":
    command = main(*map(int, sys.argv[2:]))
    sys.modules["__main__"] = module = type(sys)("__main__")
    exec(compile(command[2], "<string>", "exec"), vars(module))
