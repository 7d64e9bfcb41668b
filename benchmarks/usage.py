"""What work costs: wall time, CPU time and memory of a process with everything that it starts.

A sandbox that is killed takes the account of its processes' CPU time with it, so no `wait` knows it. Here a cgroup
counts; where none can be made (that takes root), all processes are looked at a few times a second, which misses what
each has used since the last look: the figures are then a little too small, for those who use many processes.
"""

import ctypes
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
SAMPLE = 0.25
"""Seconds between two looks at the memory. A peak in between is missed."""
GRACE = 10
"""Seconds that processes may live on when the one that was measured has ended."""


class Usage(NamedTuple):
    """What work has cost.

    Attributes
    ----------
    wall, cpu : float
        Seconds; CPU is user and system time of all processes.
    memory : int
        Bytes: the largest sum that was seen of all processes' proportional set sizes (of memory that n of them share,
        each has 1/n).
    """

    wall: float
    cpu: float
    memory: int


def measure(work, watch=None):
    """Do work in a fork of this process, with all modules that are loaded here.

    Parameters
    ----------
    work : function
        Called without arguments, in the fork; if it raises or leaves with a status other than 0 or 1 (some submission
        could not be graded), RuntimeError is raised here.
    watch : function, optional
        Called as watch(seconds since the start, {pid: PSS in bytes}, pid of the fork) at every look at the memory.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)
    group = _new_cgroup()
    start, peak, ended, cpu = time.monotonic(), 0, {}, {}
    pid = os.fork()
    if not pid:
        if group:
            (group / "cgroup.procs").write_text("0")  # the process itself, and all that it starts
        _work(work)
    end = os.pidfd_open(pid)
    while not select.select([end], [], [], SAMPLE)[0]:
        sizes = {process: pss(process) for process in descendants()}
        peak = max(peak, sum(sizes.values()))
        cpu |= {process: seconds for process in sizes if (seconds := _cpu(process))}
        if watch:
            watch(time.monotonic() - start, sizes, pid)
        _reap(ended)
    wall = time.monotonic() - start
    os.close(end)
    _reap_all(ended)
    status = os.waitstatus_to_exitcode(ended[pid])
    if status not in (0, 1):
        raise RuntimeError(f"what was measured has ended with status {status}")
    return Usage(wall, _cpu_of(group) if group else sum(cpu.values()), peak)


def _work(work):
    status = 3
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def execute(command, folder, log):
    """Become another program: for `measure`. Its output goes to a file."""
    os.chdir(folder)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.execvp(command[0], command)


def _new_cgroup():
    """The folder of a new cgroup, or None if there can be none."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            group = Path(where) / f"benchmark-{os.getpid()}-{time.monotonic_ns()}"
            try:
                group.mkdir()
                return group
            except OSError:
                return None
    return None


def _cpu_of(group):
    """Seconds that the processes of a cgroup have used, which then is removed."""
    lines = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    group.rmdir()
    return int(lines["usage_usec"]) / 1e6


def _cpu(pid):
    """Seconds that a process has used itself; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _reap(ended):
    """Wait for all children that have ended; False if there are no more, ended or not."""
    try:
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended[found[0]] = found[1]
    except ChildProcessError:
        return False
    return True


def _reap_all(ended):
    """What the measured process has left behind belongs to its costs, too."""
    deadline = time.monotonic() + GRACE
    while _reap(ended):
        if time.monotonic() > deadline:
            for process in descendants():
                print(f"process {process} was left behind and is ended")
                os.kill(process, signal.SIGKILL)
        time.sleep(0.01)


def descendants():
    """Pids of all processes that this one has started, directly or not."""
    children = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except OSError:  # has just ended
            continue
        children[int(parent)].append(int(stat.parent.name))
    found = list(children[os.getpid()])
    for pid in found:
        found += children[pid]
    return found


def pss(pid):
    """Proportional set size of a process in bytes; where it may not be read, what it shares with nobody."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            return next((int(line.split()[1]) << 10 for line in rollup if line.startswith("Pss:")), 0)
    except PermissionError:
        resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
        return (int(resident) - int(shared)) * resource.getpagesize()
    except OSError:  # has just ended
        return 0
