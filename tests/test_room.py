"""What code in a room can and cannot do. Every test must hold for root and for an ordinary user."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import nbclient
import nbformat
import pytest

from nbexaminer import nursery as nursery_module
from nbexaminer import room as room_module
from nbexaminer.nursery import Nursery
from nbexaminer.provisioner import RoomKernelManager, RoomProvisioner
from nbexaminer.room import HOME, Room, RoomError, check_rooms

ROOT = Path(__file__).parents[1]
MiB = 1 << 20
# what there is in a room's /tmp: the way to the Python that runs this, if that is there
TMP = list({prefix.split("/")[2] for prefix in (sys.prefix, sys.base_prefix) if prefix.startswith("/tmp/")})


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as nursery:
        yield nursery


@pytest.fixture(params=["cold", "warm"])
def inside(request):
    """What code prints as JSON when Python runs it in a room: ``inside(code, files=None, **limits)``.

    Cold, the room is made for Python; warm, a Python that has imported a lot has entered the room. In the code,
    ``tried(f)`` is the name of the error f() raises, or None.
    """

    def inside(code, files=None, **limits):
        tried = "def tried(f, *args):\n    try: f(*args)\n    except BaseException as e: return type(e).__name__\n"
        code = "import ctypes, errno, json, os, socket, subprocess, sys, time\n" + tried + textwrap.dedent(code)
        if request.param == "cold":
            done = Room(**limits).run([sys.executable, "-c", code], files=files)
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)
        with Room(**limits) as room, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            room.hold(files=files)
            fds = {1: output.fileno(), 2: errors.fileno()}
            room.admit(
                nursery_module.fork(request.getfixturevalue("nursery").path, room, [sys.executable, "-c", code], fds)
            )
            for _ in range(3000):
                if room.poll() is not None:
                    break
                time.sleep(0.01)
            output.seek(0), errors.seek(0)
            text, problems = output.read(), errors.read()
            assert text, problems
            return json.loads(text)

    inside.way = request.param
    return inside


def gone(pid):
    for _ in range(3000):
        try:
            if "State:\tZ" in Path(f"/proc/{pid}/status").read_text():  # dead; whoever inherited it has not noticed yet
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


# what is not there


def test_network_is_not_there(inside):
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0examiner-{os.getpid()}")
        abstract.listen()
        socket.create_connection(tcp.getsockname()).close()  # the host reaches it
        result = inside(f"""
            def unix(): socket.socket(socket.AF_UNIX).connect("\\0examiner-{os.getpid()}")
            print(json.dumps([tried(socket.create_connection, {tcp.getsockname()}, 2), tried(unix),
                              tried(socket.create_connection, ("192.0.2.1", 80), 2),
                              tried(socket.gethostbyname, "example.org"),
                              [name for _, name in socket.if_nameindex()]]))""")
    assert result == ["ConnectionRefusedError", "ConnectionRefusedError", "OSError", "gaierror", ["lo"]]


def test_host_is_not_there(inside, tmp_path, monkeypatch):
    monkeypatch.setenv("EXAMINERS_TOKEN", "secret")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gradebook.db").write_text("secret")
    secret = next(path for path in Path.home().iterdir() if path.is_file())
    course = (str(tmp_path), str(Path(__file__)), str(ROOT / "nbexaminer"))
    result = inside(f"""
        print(json.dumps(dict(
            course=[os.path.exists(p) for p in {course}],
            home=os.listdir("."), hosts_home=tried(os.stat, {str(secret)!r}),
            environment=sorted(os.environ), processes=[p for p in os.listdir("/proc") if p.isdigit()], cwd=os.getcwd(),
            hostname=socket.gethostname(), fds=len(os.listdir("/proc/self/fd")), etc=sorted(os.listdir("/etc")),
            uid=os.getuid())))""")
    assert result["course"] == [False, False, False]
    assert result["home"] == [] and result["hosts_home"] == "FileNotFoundError"
    assert not {"EXAMINERS_TOKEN"} & set(result["environment"]) and len(result["environment"]) < 15
    # with what holds the room, and whoever brought the student in, if that one is not gone yet
    assert len(result["processes"]) <= {"cold": 2, "warm": 4}[inside.way]
    assert result["cwd"] == HOME and result["hostname"] == "room" and result["uid"] == 1000
    assert result["fds"] == 4  # the standard three, and the one that lists them
    assert not {"shadow", "ssl", "hosts", "machine-id"} & set(result["etc"])


def test_hidden_folder_inside_python_is_empty(inside):
    course = os.path.dirname(nbformat.__file__)  # as good as a course in the wrong place
    assert inside(f"print(json.dumps(os.listdir({course!r})))") != []
    assert inside(f"print(json.dumps(os.listdir({course!r})))", hidden=[course]) == []


def test_environment_in_the_course_is_seen_and_the_course_is_not(tmp_path):
    course = tmp_path / "course"
    course.mkdir(), (course / "gradebook.db").write_text("secret")
    os.chmod(tmp_path, 0o700)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", course / ".venv"], check=True)
    python = str(course / ".venv/bin/python")
    done = Room(hidden=[str(course)]).run(
        [python, "-c", f"import sys, os; print(sys.prefix, os.listdir({str(course)!r}))"], python=python
    )
    assert done.stdout == f"{course}/.venv ['.venv']\n", done.stderr


@pytest.mark.parametrize("own", ["/tmp", "/dev/shm"])
def test_folders_on_the_way_to_python_are_not_the_students(own):
    """Where the course lies in a folder that in a room is the student's."""
    with tempfile.TemporaryDirectory(dir=own) as course:
        os.chmod(course, 0o755)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", f"{course}/sub/.venv"], check=True)
        python = f"{course}/sub/.venv/bin/python"
        code = f"""
            import os, sys
            def writable(folder):
                try: os.mkdir(f"{{folder}}/probe"); os.rmdir(f"{{folder}}/probe")
                except OSError as error: return type(error).__name__
            ways = {[course, f"{course}/sub", f"{course}/sub/.venv"]!r}
            print([os.listdir(way) for way in ways[:2]], *map(writable, ways + [{own!r}]))"""
        done = Room().run([python, "-c", textwrap.dedent(code)], python=python)
        assert done.stdout == "[['sub'], ['.venv']] OSError OSError OSError None\n", done.stderr


# what cannot be changed


def test_only_home_and_tmp_are_writable(inside):
    result = inside("""
        def write(folder): open(folder + "/probe", "w").write("x")
        roots = [sys.prefix, sys.base_prefix + "/lib",
                 "/", "/usr", "/usr/lib", "/etc", "/dev", "/proc", "/home", "/var", "/root"]
        mounts = [l.split()[1] for l in open("/proc/mounts")]
        print(json.dumps([[f for f in roots if not tried(write, f)],
                          [tried(write, f) for f in (".", "/tmp", "/dev/shm")],
                          [p for p in mounts if os.path.isdir(p) and not tried(write, p)]]))""")
    assert result[:2] == [[], [None] * 3]
    assert set(result[2]) == {HOME, "/tmp", "/dev/shm"}


def test_kernel_settings_are_not_writable(inside):
    writable = inside("""
        files = [os.path.join(d, f) for d, _, fs in os.walk("/proc/sys") for f in fs]
        files += ["/proc/self/oom_score_adj", "/proc/sysrq-trigger"]
        print(json.dumps([f for f in files if not tried(os.open, f, os.O_WRONLY)]))""")
    assert writable == []


def test_no_privileges(inside):
    status, score, userns, calls = inside("""
        status = dict(l.split(":\\t") for l in open("/proc/self/status").read().splitlines() if ":\\t" in l)
        libc = ctypes.CDLL(None, use_errno=True)
        def refused(result): return result == -1 and errno.errorcode[ctypes.get_errno()]
        flags = dict(user=0x10000000, mount=0x20000, net=0x40000000, pid=0x20000000)
        print(json.dumps([status, open("/proc/self/oom_score_adj").read(),
            {k: refused(libc.unshare(v)) for k, v in flags.items()},
            dict(shmget=refused(libc.shmget(0, 4096, 0o1600)), memfd=tried(os.memfd_create, "x"),
                 setuid=tried(os.setuid, 0),
                 mount=refused(libc.mount(b"none", b"/tmp", b"tmpfs", 0, 0)), chroot=tried(os.chroot, "/tmp"))]))""")
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert score == "1000\n"
    assert userns == {"user": "ENOSPC", "mount": "EPERM", "net": "EPERM", "pid": "EPERM"}
    assert calls == {
        "shmget": "EPERM",
        "memfd": "PermissionError",
        "setuid": "OSError",
        "mount": "EPERM",
        "chroot": "PermissionError",
    }


def test_init_is_out_of_reach(inside):
    """No limit of ours holds for it, so nobody may make it do anything."""
    result = inside("""
        libc, number = ctypes.CDLL(None, use_errno=True), {"x86_64": 0, "aarch64": 1}[os.uname().machine]
        syscalls = {"ptrace": (101, 117), "vm_readv": (310, 270), "vm_writev": (311, 271), "getfd": (438, 438)}
        def called(name, *args):
            return libc.syscall(syscalls[name][number], *args), errno.errorcode.get(ctypes.get_errno())
        print(json.dumps([called("ptrace", 0x4206, 1, 0, 0), called("vm_readv", 1, 0, 0, 0, 0, 0),
                          called("vm_writev", 1, 0, 0, 0, 0, 0), called("getfd", os.pidfd_open(1), 0, 0),
                          tried(open, "/proc/1/mem", "r+b")]))""")
    assert result == [[-1, "EPERM"]] * 4 + ["OSError"]


def test_room_is_never_roots():
    with Room() as room:
        room.start(["sleep", "100"])
        assert os.stat(f"/proc/{room.init}").st_uid != 0


# limits


@pytest.mark.parametrize("folder", [".", "/tmp", "/dev/shm"])
def test_disk(inside, folder):
    assert inside(
        f"""
        written = 0
        try:
            for n in range(30):
                with open("{folder}/%d" % n, "wb", buffering=0) as f:
                    written += f.write(bytes({MiB}))
        except OSError as e:
            print(json.dumps([written, errno.errorcode[e.errno]]))""",
        disk=8 * MiB,
    ) == [8 * MiB, "ENOSPC"]


def test_file_size(inside):
    assert inside(
        "print(json.dumps([tried(open('a', 'wb').write, bytes(n << 20)) for n in (3, 5)]))", file_size=4 * MiB
    ) == [None, "OSError"]


def test_memory(inside):
    assert inside(f"print(json.dumps([tried(bytearray, n * {MiB}) for n in (1000, 3000)]))") == [None, "MemoryError"]


def test_total_memory():
    # not "dumpable": such processes hide their /proc files from all but the room's owner
    hold = (
        "import os, time, ctypes\nctypes.CDLL(None).prctl(4, 0)\n"
        "for _ in range(4):\n    if not os.fork():\n        kept = b'x' * (100 << 20)\n        time.sleep(60)\n"
        "time.sleep(60)"
    )
    done = Room(total_memory=200 * MiB).run([sys.executable, "-c", hold])  # would end by itself with 0
    assert done.returncode == 128 + signal.SIGKILL or done.returncode < 0


def test_processes(inside):
    forked, threads = inside(
        """
        import threading
        children = 0
        try:
            for _ in range(500):  # bounded: were there no limit, this would end by itself
                if not os.fork(): time.sleep(30); os._exit(0)
                children += 1
        except BlockingIOError: pass
        thread = tried(threading.Thread(target=time.sleep, args=(1,)).start)
        print(json.dumps([children, thread]))
        sys.stdout.flush(); os._exit(0)""",
        processes=40,
    )
    assert 30 <= forked < 40 and threads == "RuntimeError"


def test_processes_of_one_room_do_not_count_in_another():
    many = [
        sys.executable,
        "-c",
        "import os, time\nfor _ in range(25):\n    if not os.fork(): break\nprint(flush=True)\ntime.sleep(20)",
    ]
    with Room(processes=40) as one, Room(processes=40) as other:
        started = [room.start(many, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for room in (one, other)]
        for process in started:
            assert [process.stdout.readline() for _ in range(26)] == [b"\n"] * 26


def test_open_files(inside):
    assert inside(
        """
        kept = []
        print(json.dumps([tried(lambda: [kept.append(os.dup(1)) for _ in range(1000)]), len(kept) < 64]))""",
        open_files=64,
    ) == ["OSError", True]


# its end


def test_close_kills_all_in_it():
    daemon = (
        "import os, time\nif not os.fork():\n    os.setsid()\n    if os.fork(): os._exit(0)\n    print(flush=True)\n"
        "time.sleep(100)"
    )
    with Room() as room:
        room.start([sys.executable, "-c", daemon], stdout=subprocess.PIPE).stdout.readline()
        pids = [room.init, *room_module._descendants(room.init)]
        assert len(pids) >= 3
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)
    room.close()


def test_room_dies_with_its_examiner():
    code = (
        "import os, signal\nfrom nbexaminer.room import Room\nroom = Room()\n"
        "room.start(['sh', '-c', 'echo; sleep 1000'], stdout=-1).stdout.readline()\nprint(room.init, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert gone(int(done.stdout))


# files, and how rooms fail


def test_files_are_fresh_copies(inside, tmp_path):
    (tmp_path / "data.csv").write_text("1,2")
    files = {"images/net.csv": tmp_path / "data.csv", "a name with 'quotes'.txt": b"text"}
    result = inside(
        """
        print(json.dumps([open("images/net.csv").read(), open("a name with 'quotes'.txt").read(),
                          tried(open("images/net.csv", "w").write, "x")]))""",
        files,
    )
    assert result == ["1,2", "text", None]
    assert (tmp_path / "data.csv").read_text() == "1,2"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "", "."])
def test_files_stay_below_the_home(name):
    with pytest.raises(ValueError, match="home"):
        Room().run(["true"], files={name: b""})


def test_missing_bubblewrap_says_what_to_install(monkeypatch):
    monkeypatch.setattr(room_module.shutil, "which", lambda *_, **__: None)
    with pytest.raises(RoomError, match="apt-get install bubblewrap"):
        check_rooms.__wrapped__()


def test_forbidden_rooms_say_what_to_set(monkeypatch, tmp_path):
    refusing = tmp_path / "bwrap"
    refusing.write_text(
        "#!/bin/sh\n[ $1 = --version ] && echo bubblewrap 0.9.0 && exit\n"
        "echo 'setting up uid map: Permission denied' >&2\nexit 1\n"
    )
    refusing.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(Path(tempfile.gettempdir()) / "pytest-of-root"):
            folder.chmod(0o755)  # root tries as no one
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(RoomError, match=r"uid map: Permission denied\n.*user namespaces"):
        check_rooms.__wrapped__()


# a kernel in a room


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


def execute(*cells, **start):
    nb = notebook(*cells)
    client = nbclient.NotebookClient(
        nb, km=RoomKernelManager(), shutdown_kernel="immediate", timeout=60, allow_errors=True
    )
    client.execute(cleanup_kc=True, **start)
    return [[o.get("text") or o.get("data") or o.get("evalue") for o in cell.outputs] for cell in nb.cells]


def test_notebook_runs_in_a_room():
    outputs = execute(
        "import numpy as np, os\n"
        "print(np.ones((3, 4)) @ np.ones(4), os.uname().nodename, sorted(f for f in os.listdir() if f[0] != '.'))",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "import multiprocessing\nprint(multiprocessing.get_context('fork').Pool(2).map(abs, [-1, 2]))",
        files={"data.csv": b"1"},
    )
    assert outputs[0] == ["[4. 4. 4.] room ['data.csv']\n"]
    assert "image/png" in outputs[1][0]
    assert outputs[2] == ["[1, 2]\n"]


def test_files_of_the_students_shadow_no_module():
    shadow = {
        name: b"raise SystemExit('shadow')"
        for name in ("zmq.py", "ipykernel.py", "json.py", "sitecustomize.py", "usercustomize.py")
    }
    assert execute("print('up')", files=shadow) == [["up\n"]]
    files = {"numpy.py": b"raise SystemExit('shadow')", "mine.py": b"one = 1"}
    assert execute("import numpy, mine\nprint(numpy.ones(1), mine.one)", files=files) == [["[1.] 1\n"]]


def test_host_folder_of_the_kernel_is_out_of_reach():
    found = "import os\nprint(os.listdir('/tmp'), [line for line in open('/proc/mounts') if 'room-' in line])"
    assert execute(found) == [[f"{TMP} []\n"]]


async def start(config=None, **kwargs):
    km = RoomKernelManager(config=config)
    await km.start_kernel(**kwargs)
    kc = km.client()
    kc.start_channels()
    await kc.wait_for_ready(timeout=60)
    return km, kc


SLEEP = "import time\nprint('up', flush=True)\ntime.sleep(60)"
STUBBORN = """
import os, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
if not os.fork():
    os.setsid()
print("up", flush=True)
while True:
    pass
"""


async def running(kc, code):
    """Have a kernel run code, and wait until it has printed something. Gives the reply's task."""
    up = asyncio.Event()

    def heard(message):
        if message["msg_type"] == "stream":
            up.set()

    reply = asyncio.ensure_future(kc.execute_interactive(code, timeout=60, output_hook=heard))
    await asyncio.wait_for(up.wait(), 60)
    return reply


def test_interrupt_death_and_restart():
    async def session():
        km, kc = await start()
        reply = await running(kc, SLEEP)
        await km.interrupt_kernel()
        assert (await reply)["content"]["ename"] == "KeyboardInterrupt"

        kc.execute("import os\nos._exit(7)")
        assert await asyncio.wait_for(km.provisioner.wait(), 30) == 7
        assert not await km.is_alive()

        await km.restart_kernel(now=True)
        await kc.wait_for_ready(timeout=60)
        assert (await kc.execute_interactive("1", timeout=60))["content"]["status"] == "ok"

        room, folder = km.provisioner.room, km.provisioner.folder
        pids = [room.init, *room_module._descendants(room.init)]
        assert folder.stat().st_mode & 0o77 == 0
        reply = await running(kc, STUBBORN)
        await km.shutdown_kernel(now=True)
        reply.cancel()
        kc.stop_channels()
        assert not any(os.path.exists(f"/proc/{pid}") for pid in pids) and not folder.exists()

    asyncio.run(session())


def test_kernel_that_does_not_start_says_why():
    async def session():
        km = RoomKernelManager()
        km.provisioner = RoomProvisioner(kernel_spec=km.kernel_spec, parent=km)
        km.provisioner.room = Room(memory=100 * MiB)
        await km.start_kernel()
        assert await asyncio.wait_for(km.provisioner.wait(), 60) != 0
        assert km.provisioner.log_tail()
        await km.cleanup_resources()

    asyncio.run(session())
