"""Warm kernels: as fast as they should be, and not told from cold ones, save where a test says so.

What code in a room cannot do is in test_room.py, for both.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbclient
import pytest
from jupyter_client.kernelspec import KernelSpec
from traitlets.config import Config

from nbexaminer import nursery as nursery_module
from nbexaminer import room as room_module
from nbexaminer.nursery import Nursery
from nbexaminer.provisioner import RoomKernelManager
from test_room import SLEEP, STUBBORN, TMP, MiB, gone, notebook, running, start

ROOT = Path(__file__).parents[1]
COLD = Config()


def settings(nursery, **room):
    config = Config()
    config.RoomProvisioner.nursery = nursery.path
    config.Room.update(room)
    return config


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as nursery:
        yield nursery


@pytest.fixture(scope="module")
def warm(nursery):
    return settings(nursery)


def is_warm(km):
    return km.provisioner.room._entrant is not None


def outputs(config, *cells, km=None, **start):
    nb = notebook(*cells)
    km = km or RoomKernelManager(config=config)
    client = nbclient.NotebookClient(nb, km=km, timeout=60, allow_errors=True)
    with client.setup_kernel(cleanup_kc=True, **start):
        assert is_warm(km) == ("nursery" in config.RoomProvisioner)
        for index, cell in enumerate(nb.cells):
            client.execute_cell(cell, index)
    return [[o.get("text") or o.get("data") or o.get("traceback") for o in cell.outputs] for cell in nb.cells]


def told(config, code, **start):
    """What a cell prints as JSON."""
    [[text, *_]] = outputs(config, code, **start)
    assert isinstance(text, str), "\n".join(text)
    return json.loads(text)


# the same as a cold one

VIEW = r"""
import asyncio, ctypes, decimal, gc, json, locale, logging, os, re, resource, signal, socket, sys, threading, warnings
libc = ctypes.CDLL(None)
def read(path): return open(path).read()
def plain(text):  # without what is another one in each room
    folders = r"/tmp/(room|nursery)-\w+"
    for pattern in (r"0x[0-9a-f]+", r"\d{9,}", folders, r"/bindfile\w+", r"(?<=[a-z]:\[)\d+", r'(?<=": )\d+'):
        text = re.sub(pattern, "…", text)
    return text
def fd(number):
    flags = dict(line.split(":\t") for line in read(f"/proc/self/fdinfo/{number}").splitlines() if ":\t" in line)
    return plain(os.readlink(f"/proc/self/fd/{number}")), flags["flags"], os.get_inheritable(int(number))
def fds():
    found = []
    for number in os.listdir("/proc/self/fd"):
        try: found.append(fd(number))
        except OSError: pass  # the one that lists them
    return sorted(each for each in found if "eventfd" not in each[0])  # ZeroMQ has more or fewer of them
status = dict(line.split(":\t") for line in read("/proc/self/status").splitlines())
view = {f"status {k}": v for k, v in status.items() if not re.match("Vm|Rss|.*ctxt|State|HugetlbPages|FDSize", k)}
view |= {
    "limits": read("/proc/self/limits"), "fds": fds(), "os.environ": dict(os.environ),
    "environ": dict(line.split("=", 1) for line in read("/proc/self/environ").split("\0") if line),
    "mounts": [plain(re.sub(r"^\d+ \d+ \d+:\d+", "", line)) for line in read("/proc/self/mountinfo").splitlines()],
    "namespaces": {n: os.readlink(f"/proc/self/ns/{n}") for n in os.listdir("/proc/self/ns")},
    "sys.path": sys.path, "sys.argv": [plain(a) for a in sys.argv], "sys.orig_argv": [plain(a) for a in sys.orig_argv],
    "flags": str(sys.flags), "executable": [sys.executable, sys.prefix, sys.base_prefix], "cwd": os.getcwd(),
    "umask": os.umask(0o22), "handlers": {s.name: plain(repr(signal.getsignal(s))) for s in signal.valid_signals()
                                         if isinstance(s, signal.Signals)},
    "nice": os.nice(0), "scheduler": [os.sched_getscheduler(0), sorted(os.sched_getaffinity(0))],
    "ids": [os.getresuid(), os.getresgid(), os.getgroups()], "parent": os.getppid(),
    "session": [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid()],
    "oom": read("/proc/self/oom_score_adj"), "loginuid": read("/proc/self/loginuid"),
    "cgroup": read("/proc/self/cgroup"),
    "comm": read("/proc/self/comm"), "cmdline": plain(read("/proc/self/cmdline")), "exe": os.readlink("/proc/self/exe"),
    "prctl": {number: libc.prctl(number, 0, 0, 0, 0) for number in (2 + 1, 7, 21, 27, 30, 39)},
    "home": sorted(os.path.join(folder, file) for folder, _, files in os.walk(".") for file in files),
    "tmp": os.listdir("/tmp"), "processes": len([p for p in os.listdir("/proc") if p.isdigit()]),
    "threads": sorted(re.sub(r'\d', '', thread.name) for thread in threading.enumerate()),
    "tasks": len(os.listdir("/proc/self/task")),
    "streams": [[s.encoding, s.errors, s.line_buffering, s.name]
                for s in (sys.__stdin__, sys.__stdout__, sys.__stderr__)],
    "locale": locale.getlocale(), "recursion": sys.getrecursionlimit(), "timeout": socket.getdefaulttimeout(),
    "gc": [gc.isenabled(), gc.get_threshold(), len(gc.callbacks)],
    "hooks": [plain(str(h)) for h in (sys.excepthook, sys.breakpointhook, sys.meta_path, sys.path_hooks)],
    "loggers": [logging.root.level, str(logging.root.handlers), logging.root.manager.disable],
    "decimal": str(decimal.getcontext()), "shell": type(get_ipython()).__name__,
    "names": sorted(n for n in globals() if n[0] != "_"), "modules": sorted(sys.modules),
}
import numpy as np
import matplotlib, matplotlib.pyplot as plt
view |= {
    "warnings": sorted(plain(str(f)) for f in warnings.filters),
    "numpy": [np.geterr(), np.get_printoptions(), np.__file__], "figures": plt.get_fignums(),
    "matplotlib": {k: str(v) for k, v in dict.items(matplotlib.rcParams)}, "interactive": plt.isinteractive(),
    "fonts": sorted(plain(f.fname) for f in matplotlib.font_manager.fontManager.ttflist),
}
print(json.dumps(view, default=str))
"""


def test_same_view_as_from_a_cold_kernel(warm):
    mine = {namespace: os.readlink(f"/proc/self/ns/{namespace}") for namespace in os.listdir("/proc/self/ns")}
    with open(ROOT / "README.md") as ours:  # stands for the border: a descriptor that the examiner hands over
        cold, hot = (told(config, VIEW, pass_fds=(ours.fileno(),), files={"a.csv": b"1"}) for config in (COLD, warm))
    for view in (cold, hot):
        namespaces = view.pop("namespaces")
        assert {name for name in mine if namespaces[name] == mine[name]} == {"time", "time_for_children"}
        assert any(str(ROOT / "README.md") in fd for fd in view["fds"])
    # no harm in any of these, or else it is said here why
    different = {
        "status Pid": "the room's holder is there before it",
        "status Tgid": "",
        "status NSpid": "",
        "status NStgid": "",
        "status NSpgid": "its process group and session are its own, not those of the room's init",
        "status NSsid": "",
        "session": "",
        "processes": "the room's holder",
        "cmdline": "the nursery's, as is",
        "exe": "a copy in memory of the same program",
        "environ": "the nursery's: HOME was a folder in /tmp that is not in the room",
        "home": "no cache of fonts, as the fonts are there already",
        "modules": "more are there",
    }
    assert {key: (cold[key], hot[key]) for key in cold if cold[key] != hot[key] and key not in different} == {}
    assert cold["environ"].keys() - {"PWD"} == hot["environ"].keys()
    assert {k for k in hot["environ"] if cold["environ"][k] != hot["environ"][k]} == {"HOME"}
    assert set(cold["modules"]) <= set(hot["modules"])
    assert not [name for name in hot["modules"] if "nbexaminer" in name and "__editable__" not in name]
    assert hot["processes"] == cold["processes"] + 1
    assert [file for file in cold["home"] if "fontlist" not in file] == hot["home"]


def test_figures_and_first_output_are_as_from_a_cold_kernel(warm):
    cells = (
        "import matplotlib.pyplot as plt\nprint('first')\nplt.plot([1, 10])\nplt.title('$x^2$')",
        "import numpy as np\nfig, ax = plt.subplots(figsize=(2, 2))\nax.imshow(np.eye(3))\nplt.show()\nprint('after')",
        "%matplotlib inline\nplt.semilogy([1, 100]);",
        "1 / 0",
    )
    cold, hot = outputs(COLD, *cells), outputs(warm, *cells)
    assert cold[0][0] == "first\n"
    assert ["image/png" in out for cell in hot[:3] for out in cell] == [False, False, True, True, False, True]
    assert re.sub("0x[0-9a-f]+", "", str(cold)) == re.sub("0x[0-9a-f]+", "", str(hot))


def test_no_way_to_files_of_the_host(warm):
    """The program, and the libraries in memory, were opened outside of the room, where they can be written."""
    found = told(
        warm,
        """
import json, os, sys
def tried(f, *args):
    try: f(*args)
    except OSError as error: return type(error).__name__
maps = ["/proc/self/map_files/" + name for name in os.listdir("/proc/self/map_files")]
before = os.stat(os.path.realpath(sys.executable)).st_mode
tried(os.chmod, "/proc/self/exe", 0)
print(json.dumps([tried(os.open, "/proc/self/exe", os.O_WRONLY), sorted({tried(os.stat, name) for name in maps}),
                  before == os.stat(os.path.realpath(sys.executable)).st_mode]))""",
    )
    assert found[0] in ("OSError", "PermissionError") and found[1] == ["PermissionError"] and found[2]


def test_files_of_the_students_shadow_no_module(warm):
    files = {"numpy.py": b"raise SystemExit('shadow')", "zmq.py": b"shadow", "mine.py": b"one = 1"}
    assert told(warm, "import numpy, mine\nprint(int(numpy.ones(1)[0]), end='')\nprint(mine.one)", files=files) == 11


def test_own_matplotlibrc_holds(warm):
    km = RoomKernelManager(config=warm)
    nb = notebook("import matplotlib\nprint(matplotlib.rcParams['lines.linewidth'])")
    client = nbclient.NotebookClient(nb, km=km, timeout=60)
    client.execute(cleanup_kc=True, files={"matplotlibrc": b"lines.linewidth: 7\n"})
    assert nb.cells[0].outputs[0].text == "7.0\n"


def test_environment_of_rooms_holds_for_warm_kernels_or_they_are_cold(nursery):
    variables = {"PYTHONHASHSEED": "0", "PYTHONPATH": "/usr/share", "TZ": "UTC-5"}
    code = "import json, sys, time\nprint(json.dumps([hash('a'), '/usr/share' in sys.path, time.timezone]))"
    config = Config()
    config.Room.environment = variables
    cold = told(config, code)
    with Nursery(config=config) as own:
        assert told(settings(own, environment=variables), code) == cold

    async def session():
        km, kc = await start(config=settings(nursery, environment=variables))
        assert not is_warm(km)
        kc.stop_channels()
        await km.shutdown_kernel()

    asyncio.run(session())


# limits, signals, ends


def test_total_memory(nursery):
    async def session():
        km, kc = await start(config=settings(nursery, total_memory=300 * MiB))
        assert is_warm(km)
        kc.execute("kept = b'x' * (500 << 20)\nimport time\ntime.sleep(100)")
        await asyncio.wait_for(km.provisioner.wait(), 60)
        kc.stop_channels()
        await km.shutdown_kernel()

    asyncio.run(session())


def test_processes_count_per_room(nursery):
    count = """
import json, os, time
n = 0
try:
    for n in range(200):
        if not os.fork():
            time.sleep(5)
            os._exit(0)
except BlockingIOError:
    pass
print(n)"""
    config = settings(nursery, processes=50)
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda _: told(config, count), range(2)))
    assert all(20 < each < 50 for each in counts)


def test_interrupt_death_and_restart(warm):
    async def session():
        km, kc = await start(config=warm)
        assert is_warm(km)
        reply = await running(kc, SLEEP)
        await km.interrupt_kernel()
        assert (await reply)["content"]["ename"] == "KeyboardInterrupt"

        room = km.provisioner.room
        pids = [room.init, *room_module._descendants(room.init)]
        kc.execute("import os, time\nif os.fork(): os._exit(7)\nos.setsid()\ntime.sleep(60)")
        while await km.is_alive():
            await asyncio.sleep(0.001)
        assert all(gone(pid) for pid in pids)  # what it has started dies with the kernel, as in a cold room

        await km.restart_kernel(now=True)
        await kc.wait_for_ready(timeout=60)
        assert is_warm(km)
        assert (await kc.execute_interactive("1", timeout=60))["content"]["status"] == "ok"
        pids = [room.init, *room_module._descendants(room.init)]
        reply = await running(kc, STUBBORN)
        km.shutdown_wait_time = 3600  # nobody is asked to leave
        await asyncio.wait_for(km.shutdown_kernel(), 60)
        reply.cancel()
        kc.stop_channels()
        assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)

    asyncio.run(session())


def test_ten_at_once_share_nothing(warm):
    code = """
import json, os, random, time, uuid
import numpy as np
name = uuid.uuid4().hex
for folder in (".", "/tmp", "/dev/shm"):
    open(f"{folder}/{name}", "w").close()
time.sleep(1)
seen = [f for folder in (".", "/tmp", "/dev/shm") for f in os.listdir(folder) if f[0] != "." and f != name]
pids = [p for p in os.listdir("/proc") if p.isdigit()]
numbers = [random.random(), np.random.rand(), float(np.random.default_rng().random())]
print(json.dumps([seen, len(pids), *numbers, name]))"""
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(lambda _: told(warm, code), range(10)))
    assert [each[:2] for each in found] == [[TMP, 3]] * 10
    for numbers in list(zip(*found, strict=True))[2:]:
        assert len(set(numbers)) == 10


def test_killed_nursery_has_a_successor(nursery, warm):
    outputs(warm, "1")
    before = nursery.process.pid
    os.kill(before, signal.SIGKILL)
    outputs(warm, "1")
    assert nursery.process.pid != before


def test_all_ends_with_its_owner():
    code = """
import asyncio, os, signal
from test_nursery import *
async def session(nursery):
    km, kc = await start(config=settings(nursery))
    assert is_warm(km)
    room = km.provisioner.room
    print(nursery.process.pid, room.init, *room_module._descendants(room.init), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
with Nursery() as nursery:
    asyncio.run(session(nursery))"""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(done.stdout.split()) == 4
    assert all(gone(int(pid)) for pid in done.stdout.split())


def test_close_leaves_nothing():
    nursery = Nursery()
    nursery.start()
    folder = Path(nursery.path).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    while not nursery.process:
        time.sleep(0.01)
    process = nursery.process
    nursery.close()
    assert not folder.exists() and process.poll() is not None
    nursery.close()


# where it cannot be had


def python_without_matplotlib(folder):
    """An environment like this one, without matplotlib: (its interpreter, the settings that make it seen in rooms)."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python, ours = str(folder / "bin/python"), sysconfig.get_path("purelib")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'), end='')"
    theirs = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout
    for path in Path(ours).iterdir():
        if not path.name.startswith("matplotlib") and path.suffix != ".pth":
            os.symlink(path, Path(theirs) / path.name)
    return python, [ours]


def test_python_without_matplotlib_and_another_python(tmp_path):
    python, paths = python_without_matplotlib(tmp_path / "env")
    config = Config()
    config.Room.paths = paths
    with Nursery(config=config, python=python) as nursery:
        config.RoomProvisioner.nursery = nursery.path
        km = RoomKernelManager(config=config)
        km._kernel_spec = KernelSpec(argv=[python, "-m", "ipykernel_launcher", "-f", "{connection_file}"])
        code = "import sys\ntry: import matplotlib\nexcept ImportError: print(len(sys.executable))"
        assert told(config, code, km=km) == len(python)
        # one that is of another Python than the kernel starts none
        nb = notebook("print('cold')")
        km = RoomKernelManager(config=config)
        with contextlib.ExitStack() as stack:
            client = nbclient.NotebookClient(nb, km=km, timeout=60)
            stack.enter_context(client.setup_kernel(cleanup_kc=True))
            assert not is_warm(km)
            client.execute_cell(nb.cells[0], 0)
    assert nb.cells[0].outputs[0].text == "cold\n"


def test_no_nursery_is_a_cold_start(tmp_path):
    config = Config()
    config.RoomProvisioner.nursery = str(tmp_path / "nowhere")

    async def session():
        km, kc = await start(config=config)
        assert not is_warm(km)
        kc.stop_channels()
        await km.shutdown_kernel()

    for _ in range(2):
        asyncio.run(session())


def test_what_cannot_be_is_said(nursery):
    with room_module.Room() as room:
        room.hold()
        with pytest.raises(nursery_module.NurseryError, match="is for"):
            nursery_module.fork(nursery.path, room, ["/bin/sh", "-c", "true"], {})
        nowhere = os.pidfd_open(os.getpid())
        init, room.init_fd = room.init_fd, nowhere
        try:
            with pytest.raises(nursery_module.NurseryError, match="not a room"):
                nursery_module.fork(nursery.path, room, [sys.executable, "-c", ""], {})
        finally:
            os.close(nowhere)
            room.init_fd = init


def as_ordinary_user(command):
    """A command line that runs this one as a user without any rights who can read this Python, wherever it is."""
    closed = next(
        (folder for folder in Path(sys.base_prefix).parents if not folder.stat().st_mode & stat.S_IXOTH), None
    )
    command = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", *command]
    if closed is None:
        return command
    script = (
        'mount --rbind "$1" /mnt && mount -t tmpfs -o mode=755 tmpfs "$0" && mkdir -p "$1" && '
        'mount --rbind /mnt "$1" && umount -l /mnt && shift && exec "$@"'
    )
    return ["unshare", "--mount", "sh", "-c", script, str(closed), sys.base_prefix, *command]


@pytest.mark.skipif(os.geteuid() != 0, reason="all tests here run as an ordinary user already")
def test_as_ordinary_user(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 54321, 54321)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp/pytest-of-root"):
            folder.chmod(0o755)
    names = "same_view or figures or interrupt or no_way or killed_nursery"
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", f"--basetemp={home}/t"]
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        as_ordinary_user([*command, "-k", names, str(Path(__file__))]),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0 and "5 passed" in done.stdout, done.stdout + done.stderr
