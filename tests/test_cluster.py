"""A class graded by a Dask cluster: a real scheduler and real workers, which see nothing of the course."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

from tiny import SLOW, autograde, environment, rerun, scores, submit


@pytest.fixture
def cluster(course, tmp_path):
    """The scheduler's address and two workers, each with all that it starts in a session of its own."""
    (course / "autograded").mkdir()
    address, started = tmp_path / "scheduler.json", []

    def start(program, *options, before=()):
        with open(tmp_path / f"log-{len(started)}", "wb") as log:
            command = [*before, sys.executable, "-m", f"distributed.cli.{program}", *options]
            command += ["--scheduler-file", str(address)]
            # not in the course, and not with the environment of one
            process = subprocess.Popen(
                command, cwd=tmp_path, env=environment(), stdout=log, stderr=log, start_new_session=True
            )
        started.append(process)
        return process

    blind = ()  # workers for whom the course's folder is empty
    if os.geteuid() == 0:
        blind = ("unshare", "--mount", "sh", "-c", f'mount -t tmpfs none {course} && exec "$@"', "worker")
    start("dask_scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard")
    options = ("--nthreads=1", "--no-dashboard", "--host=127.0.0.1", f"--local-directory={tmp_path}")
    workers = [start("dask_worker", *options, before=blind) for _ in range(2)]
    end = time.monotonic() + 60
    while not all("Registered to" in (tmp_path / f"log-{n}").read_text() for n in (1, 2)):
        assert time.monotonic() < end, (tmp_path / "log-1").read_text()
        time.sleep(0.1)
    yield "tcp://" + address.read_text().split("tcp://")[1].split('"')[0], workers
    for process in started:
        kill(process)


def kill(process):
    """Kill a process and all that it has started: what happens when its machine fails."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_worker_that_dies_loses_nothing(course, cluster):
    address, workers = cluster
    for student in "abcdef":
        submit(course, student, SLOW)
    command = [sys.executable, "-m", "nbexaminer", "autograde", "tiny", f"--scheduler={address}"]
    process = subprocess.Popen(command, cwd=course, env=environment(), stdout=subprocess.PIPE, text=True)
    assert "1 of 6" in process.stdout.readline()
    kill(workers[0])
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    assert scores(course) == dict.fromkeys("abcdef", 3)
    assert out.count(" 3 of 3") == 6
    again = autograde(course)
    assert rerun(again) == set(), "on a cluster or not is the same"
