"""A room: a fresh bubblewrap sandbox in which one student's code runs.

Nothing of the host is in a room but a read-only view of Python and the system's libraries. It has no network, no
capabilities, its own processes, and an empty home that is gone with it. See `Room` for its limits.
"""

import contextlib
import functools
import json
import os
import platform
import re
import resource
import secrets
import select
import shutil
import signal
import stat
import struct
import subprocess
import sys
import threading
from pathlib import Path, PurePosixPath

from traitlets import Dict, Integer, List, Unicode
from traitlets.config import LoggingConfigurable

HOME = "/home/student"
USER = 1000  # who the student is inside, for looks only: outside it is the examiner or, for root, a uid of no one

PASSWD = f"student:x:{USER}:{USER}::{HOME}:/bin/sh\n".encode()
SYSTEM = (
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share",
    "/var/cache/fontconfig",
)
OWN = ("/dev/shm", "/tmp", HOME)  # folders that are the student's
PREFIX = ("bin", "lib", "lib32", "lib64", "pyvenv.cfg")  # no share: nbgrader's exchange is in /usr/local/share


class RoomError(RuntimeError):
    """This machine, or these settings, cannot make a room; the message says what to install or set."""


class Room(LoggingConfigurable):
    """One sandbox, for one command and all it starts.

    ``with Room() as room: room.start(["python", "-c", "..."])``; at the end of the block everything in it is dead.
    A room also dies with the *thread* that started it (the kernel's rule for --die-with-parent), so start rooms from
    a thread that outlives them. A room can be started again once it is closed, and is then as fresh as a new one.
    """

    memory = Integer(
        2 << 30,
        help="Address space of a process, in bytes. "
        "A kernel with numpy and matplotlib takes 0.4 GiB before it computes anything.",
    ).tag(config=True)
    total_memory = Integer(
        3 << 30,
        help="Memory of all processes of a room together, in bytes; "
        "looked at every 0.2 s, beyond it the room is killed.",
    ).tag(config=True)
    processes = Integer(64, help="Processes and threads at a time. A kernel is 12 of them.").tag(config=True)
    open_files = Integer(256, help="Open files of a process.").tag(config=True)
    file_size = Integer(64 << 20, help="Size of any one file, in bytes.").tag(config=True)
    disk = Integer(
        128 << 20,
        help="Bytes that fit into the home, and into each of /tmp and /dev/shm. All three are held in memory.",
    ).tag(config=True)
    hidden = List(
        Unicode(),
        help="Folders that must stay unseen even if they lie inside a Python installation or in /usr, such as the "
        "course. (A Python environment in such a folder is shown nevertheless.)",
    ).tag(config=True)
    paths = List(Unicode(), help="More files and folders that rooms may read, such as a data set.").tag(config=True)
    environment = Dict(help="More environment variables. Those of the examiner never enter a room.").tag(config=True)
    first_uid = Integer(
        1_900_000_000,
        help="When root makes a room it takes a random user id among the 100 million from this one on: "
        "no limit on processes holds for root. systemd's list of user ids leaves these free.",
    ).tag(config=True)

    process = None  # subprocess.Popen of bwrap while the room exists
    init = None  # pid, as the host sees it, of the first process in the room; when it dies, all die
    init_fd = None  # a pidfd of it
    _entrant = None  # a pidfd of the process that has entered a room that was held empty

    def start(self, command, files=None, python=sys.executable, pass_fds=(), **popen):
        """Make the room and start ``command`` in it.

        Parameters
        ----------
        command : list of str
            What to run, and its arguments.
        files : dict of str to bytes or Path
            What the home starts with: ``{name: bytes, or the Path of a file to copy}``. Names are relative.
        python : str
            The interpreter whose environment is to be seen.
        pass_fds, **popen
            As for subprocess.Popen.

        Returns
        -------
        subprocess.Popen
            The sandbox. Its exit status is the command's.

        Raises
        ------
        RoomError
            Bubblewrap is missing or refused.
        ValueError
            A bad file name.
        OSError
            An unreadable file.
        """
        self.close()
        info, inside = os.pipe()
        fds = [inside]

        def fd_of(content):  # bytes or a file, as a descriptor bwrap can read
            fds.append(os.open(content, os.O_RDONLY | os.O_CLOEXEC) if isinstance(content, Path) else _memfd(content))
            return str(fds[-1])

        with open(info) as info:
            try:
                argv = self.argv(command, files or {}, python, fd_of, info_fd=inside)
                popen = {"stdin": subprocess.DEVNULL, "start_new_session": True, **popen}
                # cwd and env are bwrap's own, not the room's: neither may hang on what the examiner happens to have
                self.process = subprocess.Popen(
                    argv, pass_fds=(*fds, *pass_fds), cwd="/", env={"PATH": os.defpath}, **popen
                )
            finally:
                for fd in fds:
                    os.close(fd)
            text = info.read()
        if text:  # else bwrap has failed, and said why on its stderr
            self.init = json.loads(text)["child-pid"]
            try:
                self.init_fd = os.pidfd_open(self.init)
            except ProcessLookupError:
                pass  # over already
            else:
                threading.Thread(target=self._watch_memory, args=(self.process,), daemon=True).start()
        return self.process

    def hold(self, stderr=None, **start):
        """Make the room and hold it empty, until someone enters its namespaces; `admit` says who.

        Parameters
        ----------
        stderr
            As for subprocess.Popen.
        **start
            As for `start`: ``files``, ``python``.

        Raises
        ------
        RoomError
            Bubblewrap is missing or refused; else what `start` raises.
        """
        # An echo from inside tells that all mounts are there; bwrap tells its pid before.
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
        process = self.start(["cat"], stderr=stderr, **pipes, **start)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(b"\n")
        if not process.stdout.readline():
            raise RoomError("bubblewrap could not make a room")

    def admit(self, pidfd):
        """Take a process that has entered as the command of this room: signals go to it, its end is the room's end.

        Parameters
        ----------
        pidfd : int
            Descriptor of the process; the room closes it.
        """
        self._entrant = pidfd

        def end(entrant, init):
            _wait(entrant)
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(init, signal.SIGKILL)
            os.close(entrant)
            os.close(init)

        threading.Thread(target=end, args=(os.dup(pidfd), os.dup(self.init_fd)), daemon=True).start()

    def poll(self):
        """None while the command runs, then its exit status; that of one who has entered is not known and said to be 1.

        A room that does not exist has the status 0.
        """
        if self.process is None:
            return 0
        if self._entrant is not None and _wait(self._entrant, 0):
            return 1
        return self.process.poll()

    def run(self, command, timeout=60, **start):
        """Run ``command`` in a room of its own.

        For commands that are trusted: nothing bounds their output.

        Parameters
        ----------
        command : list of str
            What to run, and its arguments.
        timeout : float
            Seconds that it may take.
        **start
            As for `start`.

        Returns
        -------
        subprocess.CompletedProcess
            With text output.

        Raises
        ------
        subprocess.TimeoutExpired
            After ``timeout`` seconds; else what `start` raises.
        """
        with self:
            process = self.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **start)
            out, err = process.communicate(timeout=timeout)
            return subprocess.CompletedProcess(command, process.returncode, out, err)

    def signal(self, signum):
        """Send a signal to the command (not to what it has started). No one there: no error."""
        with contextlib.suppress(IndexError, FileNotFoundError, ProcessLookupError):
            if self._entrant is not None:
                signal.pidfd_send_signal(self._entrant, signum)
            else:
                # the first child of the room's init; the command's own orphans come after it
                os.kill(_children(self.init)[0], signum)

    def kill(self):
        """Kill everything in the room. Returns at once; `close` waits until all are dead."""
        if self.init_fd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.init_fd, signal.SIGKILL)
        elif self.process is not None:
            self.process.kill()

    def close(self):
        """Kill everything in the room and wait until it is gone. A closed or never started room may be closed."""
        if self.process is None:
            return
        self.kill()
        if self.init_fd is not None:
            _wait(self.init_fd, 5)  # a room's init is dead only when all others are
            os.close(self.init_fd)
        if self._entrant is not None:
            os.close(self._entrant)
        try:
            self.process.wait(timeout=5)  # bwrap ends by itself, having buried the init
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
        self.process = self.init = self.init_fd = self._entrant = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _too_much_memory(self):
        """Whether the processes of the room hold more than `total_memory`, pages they share counted once."""
        processes = [self.init, *_descendants(self.init)]
        # the exact sum costs the student's code time, so it comes second
        return all(sum(map(memory, processes)) > self.total_memory for memory in (_resident, _proportional))

    def _watch_memory(self, process):
        """Kill the room when its processes together hold too much.

        RLIMIT_AS bounds one process; without cgroups, their sum can only be watched.
        """
        while True:
            try:
                process.wait(timeout=0.2)
                return
            except subprocess.TimeoutExpired:
                if self.process is process and self._too_much_memory():
                    self.log.warning(
                        "A room was killed: it held more than total_memory = %d MiB.", self.total_memory >> 20
                    )
                    process.kill()  # and with bwrap the room; kill() is not for a second thread

    def argv(self, command, files, python, fd_of, info_fd):
        """The whole command line: [as no one] bwrap [mounts] prlimit [limits] command."""
        bwrap, prlimit, choom = _tool("bwrap"), _tool("prlimit"), _tool("choom")
        mounts, origin = self.mounts(python), {}
        as_no_one = []
        if os.geteuid() == 0:
            as_no_one, origin = _step_down(self.first_uid + secrets.randbelow(100_000_000), mounts)
        argv = [choom, "-n", "1000", "--", *as_no_one]  # if memory runs out all the same, let it be the room's end
        argv += [
            bwrap,
            "--unshare-all",
            "--unshare-user",
            "--disable-userns",
            "--cap-drop",
            "ALL",
            "--die-with-parent",
            "--new-session",
            "--uid",
            str(USER),
            "--gid",
            str(USER),
            "--hostname",
            "room",
            "--info-fd",
            str(info_fd),
            "--seccomp",
            fd_of(_seccomp()),
        ]
        for path, kind in sorted(mounts.items()):  # a parent sorts before what is mounted below it
            argv += {
                "see": ["--ro-bind", origin.get(path, path), path],
                "hide": ["--perms", "0755", "--size", "4096", "--tmpfs", path],
                "own": ["--perms", "0700", "--size", str(self.disk), "--tmpfs", path],
                "dev": ["--dev", path],
                "proc": ["--proc", path],
            }.get(kind) or ["--symlink", kind, path]
        argv += ["--ro-bind-data", fd_of(PASSWD), "/etc/passwd"]
        for name, content in files.items():
            argv += ["--perms", "0644", "--file", fd_of(content), _below_home(name)]
        for path, kind in mounts.items():
            # root's /proc/sys would be writable, and /dev is a tmpfs without a size
            if kind in ("hide", "dev", "proc"):
                argv += ["--remount-ro", path]
        argv += ["--remount-ro", "/", "--chdir", HOME, "--clearenv"]
        rules = self.rules(python)
        for name, value in rules["environment"].items():
            argv += ["--setenv", name, value]
        # RLIMIT_NPROC counts per user namespace since Linux 5.14, so it is set inside, where only the room counts.
        argv += ["--", prlimit, *(f"--{name}={limit}" for name, limit in rules["limits"].items())]
        argv += ["--", *map(str, command)]
        return argv

    def rules(self, python=sys.executable):
        """What holds for processes in the room, apart from what they inherit from its namespaces.

        Parameters
        ----------
        python : str
            The interpreter that is to be found first.

        Returns
        -------
        dict
            ``home``: where they start; ``environment``: {name: value};
            ``limits``: {name of a limit, as prlimit spells it: number};
            ``uid``: user and group in the room; ``seccomp``: the filter, as hexadecimal text.
        """
        environment = {**self.default_environment(python), "PWD": HOME, **self.environment}
        return {
            "home": HOME,
            "environment": {name: str(value) for name, value in environment.items()},
            "limits": {
                "as": self.memory,
                "nproc": self.processes,
                "nofile": self.open_files,
                "fsize": self.file_size,
                "core": 0,
                "memlock": 65536,
                "msgqueue": 0,
                "sigpending": 256,
            },
            "uid": USER,
            "seccomp": _seccomp().hex(),
        }

    def mounts(self, python=sys.executable):
        """What is where in the room.

        Parameters
        ----------
        python : str
            The interpreter whose environment is to be seen.

        Returns
        -------
        dict of str to str
            ``{path: "see" | "hide" | "own" | "dev" | "proc" | the target of a symbolic link}``
        """
        seen = {path: "see" for path in (*SYSTEM, *self.paths) if os.path.exists(path)}
        # links into /usr, by now nearly everywhere
        for path in ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin"):
            if os.path.islink(path):
                seen[path] = os.readlink(path)
            elif os.path.exists(path):
                seen[path] = "see"
        prefixes, links = _python_paths(python)
        for prefix in ("/usr", "/usr/local", *prefixes):  # not the whole prefix: a course may lie in it, or be it
            seen |= {path: "see" for part in PREFIX if os.path.exists(path := os.path.join(prefix, part))}
        seen |= {path: target for path, target in links.items() if not _inside(path, seen)}
        hidden = {path: "hide" for path in map(os.path.realpath, self.hidden) if _inside(path, seen)}
        # where Python lies below /tmp, the folders on the way to it are not the student's
        hidden |= {way: "hide" for path in seen if (way := _way(path))}
        return hidden | seen | {"/dev": "dev", "/proc": "proc"} | dict.fromkeys(OWN, "own")

    def default_environment(self, python):
        # one thread: as fast for a notebook, and fair
        threads = dict.fromkeys(["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"], "1")
        return {
            "HOME": HOME,
            "USER": "student",
            "LOGNAME": "student",
            "LANG": "C.UTF-8",
            "PATH": f"{os.path.dirname(python)}:/usr/local/bin:/usr/bin:/bin",
            "MALLOC_ARENA_MAX": "2",  # else every thread takes 64 MiB of address space
            **threads,
        }


@functools.cache
def check_rooms():
    """Make one room, to see whether this machine can. Asks only once.

    Raises
    ------
    RoomError
        It cannot; the message says what to install or set.
    """
    _tool("bwrap")
    version = re.findall(r"\d+", subprocess.run(["bwrap", "--version"], capture_output=True, text=True).stdout)
    if tuple(map(int, version)) < (0, 8):
        raise RoomError(
            f"bubblewrap {'.'.join(version)} is too old: "
            "rooms need 0.8 or newer (Debian 12, Ubuntu 24.04 and later have it)."
        )
    done = Room().run(["/bin/sh", "-c", "echo in"])
    if done.stdout != "in\n":
        raise RoomError(f"bubblewrap cannot make a room here: {done.stderr.strip()}\n{_remedy()}")


@functools.cache
def font_cache(python):
    """Matplotlib's list of the fonts in a room: ``{name: bytes}``, empty without matplotlib.

    Every new home would need it made anew: 0.1 s and more.
    """
    made = Room().run(
        [
            python,
            "-P",
            "-c",
            "import matplotlib.font_manager"
            "; from pathlib import Path; print(next(Path('.cache/matplotlib').glob('fontlist*')).name)"
            "; print(next(Path('.cache/matplotlib').glob('fontlist*')).read_text())",
        ],
        python=python,
    )
    name, _, content = made.stdout.partition("\n")
    return {f".cache/matplotlib/{name}": content.encode()} if made.returncode == 0 else {}  # no matplotlib, no fonts


def _remedy():
    """Which of the usual switches forbids rooms on this machine."""
    settings = {
        "kernel.unprivileged_userns_clone": ("0", "1"),  # Debian
        "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),  # Ubuntu from 24.04 on
        "user.max_user_namespaces": ("0", "10000"),  # Red Hat
    }
    off = []
    for name, (bad, good) in settings.items():
        try:
            if Path("/proc/sys", name.replace(".", "/")).read_text().strip() == bad:
                off.append(f"sudo sysctl -w {name}={good}")
        except OSError:
            pass
    if off:
        return "Unprivileged user namespaces are switched off. Allow them: " + "; ".join(off)
    return (
        "Rooms need unprivileged user namespaces. In a container, its host has to allow them "
        "(docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
        "--security-opt systempaths=unconfined)."
    )


def _tool(name):
    path = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/bin:/bin:/usr/sbin:/sbin")
    if not path:
        package = "bubblewrap" if name == "bwrap" else "util-linux"
        raise RoomError(
            f"{name} is missing. Install it: sudo apt-get install {package} (Debian, Ubuntu), "
            f"sudo dnf install {package} (Fedora, Red Hat)."
        )
    return path


def _below_home(name):
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in str(name):
        raise ValueError(f"not the name of a file below the home: {name!r}")
    return f"{HOME}/{path}"


def _memfd(content):
    fd = os.memfd_create("room")
    with open(fd, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _way(path):
    """The first folder on the way to a path that is in one of OWN; None if it is not in one."""
    for own in OWN:
        if path.startswith(f"{own}/"):
            return f"{own}/{path.removeprefix(own).split('/')[1]}"
    return None


def _inside(path, folders):
    return any(folder in (path, *map(str, PurePosixPath(path).parents)) for folder in folders)


@functools.cache
def _python_paths(python):
    """Where a Python environment is.

    Parameters
    ----------
    python : str
        Its interpreter.

    Returns
    -------
    prefixes : set of str
        Its prefixes, as Python names them and with all symbolic links followed.
    links : dict of str to str
        The chain of links by which its interpreter is found: ``{link: target}``.
    """
    if python == sys.executable:
        prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    else:
        names = "{sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}"
        ask = f"import sys; print(*{names}, sep='\\0', end='')"
        prefixes = set(
            subprocess.run([python, "-I", "-c", ask], capture_output=True, text=True, check=True).stdout.split("\0")
        )
    links = {}
    while os.path.islink(python) and python not in links:
        links[python] = os.readlink(python)
        python = os.path.join(os.path.dirname(python), links[python])
    links = {os.path.normpath(link): target for link, target in links.items()}
    return prefixes | set(map(os.path.realpath, prefixes)), links


def _step_down(uid, mounts):
    """For root: how to run bwrap as ``uid``.

    Root's own Python may lie below a folder only root may enter, like /root. So root first binds such parts to a
    folder that only this one command sees (a mount namespace of its own), and only then becomes ``uid``.

    Returns
    -------
    words : list of str
        What to put before the command line of bwrap.
    origin : dict of str to str
        Where that user finds the mounts it has no way to: ``{path: path}``.
    """
    stage, script, origin = "/mnt", "", {}
    for number, path in enumerate(path for path, kind in mounts.items() if kind == "see" and not _open_to_all(path)):
        origin[path] = f"{stage}/{number}"
    if origin:
        script = f"mount -t tmpfs -o mode=755,size=1m tmpfs {stage} && "
        for number, path in enumerate(origin):
            make = "mkdir" if os.path.isdir(path) else "touch"
            script += f'{make} {stage}/{number} && mount --rbind "${{{number + 1}}}" {stage}/{number} && '
        script += f"shift {len(origin)} && "
    words = [_tool("setpriv"), f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    if origin:
        words = [_tool("unshare"), "--mount", "sh", "-c", script + 'exec "$@"', "room", *origin, *words]
    return words, origin


def _open_to_all(path):
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in Path(os.path.realpath(path)).parents)


def _wait(pidfd, seconds=None):
    """Whether a process has ended, within some seconds or, without a number, at last."""
    ended = select.poll()
    ended.register(pidfd, select.POLLIN)
    return bool(ended.poll(seconds if seconds is None else seconds * 1000))


def _children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _descendants(pid):
    found = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
        for task in tasks:
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    except (FileNotFoundError, ProcessLookupError):
        pass  # ended meanwhile
    return found


def _resident(pid):
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0  # ended meanwhile


def _proportional(pid):
    try:
        found = re.search(rb"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_bytes(), re.MULTILINE)
        return int(found[1]) << 10 if found else 0
    except OSError:
        return 0  # ended meanwhile


# What no notebook needs and no limit bounds: memory that belongs to no process (System V, memfd), the user's key rings,
# the room's init, for which the limits do not hold (whoever traces it could have it fork and take memory), and the
# parts of the kernel in which most of its holes were found.
# Numbers: x86_64, aarch64 (the kernel's syscall tables).
DENIED = {
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}


@functools.cache
def _seccomp():
    """DENIED as a seccomp program (classic BPF) that answers EPERM.

    Calls by another architecture's table end the process.
    """
    arch, column = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}.get(platform.machine(), (None, None))
    if arch is None:
        raise RoomError(f"rooms are made for x86_64 and aarch64, not for {platform.machine()}")
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    kill, refuse, allow = 0x80000000, 0x00050001, 0x7FFF0000
    numbers = [pair[column] for pair in DENIED.values()]
    program = [
        (load, 0, 0, 4),
        (equal, 1, 0, arch),
        (answer, 0, 0, kill),
        (load, 0, 0, 0),
        (at_least, 0, 1, 0x40000000),
        (answer, 0, 0, kill),
    ]  # x86_64 has a second table, x32, from here on
    program += [(equal, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    program += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    return b"".join(struct.pack("HBBI", *line) for line in program)
