"""Nothing is lost, whatever kills or stops a run, and nothing stays behind."""

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import pytest

from tiny import NAME, SLOW, asleep, autograde, environment, nbexaminer, rerun, scores, submit


@pytest.fixture(autouse=True)
def temporary(monkeypatch):
    """A folder for temporary files, to see what is left there."""
    folder = tempfile.mkdtemp(prefix="t-", dir="/tmp")  # short: there is a limit to the paths of sockets
    monkeypatch.setenv("TMPDIR", folder)
    yield Path(folder)
    shutil.rmtree(folder, ignore_errors=True)


def start(course, *options, patch=""):
    """A run in the background; `patch` is code that is run in the grader first."""
    program = f"import os, signal\nfrom pathlib import Path\n{patch}\nfrom nbexaminer.app import main\nmain()"
    command = [sys.executable, "-c", program, "autograde", "tiny", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, cwd=course, env=environment(), text=True, start_new_session=True, **pipes)


def family(pid):
    """All that a process has started, and they in turn."""
    found = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += [int(child), *family(int(child))]
    return found


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def half_made(pid):
    """Whether it is a room in which nothing runs yet: bubblewrap's child, that it has not told to go on."""
    with contextlib.suppress(OSError):
        is_bwrap = Path(f"/proc/{pid}/comm").read_text() == "bwrap\n"
        return is_bwrap and not Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return False


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    return value


def in_rooms(pid):
    """Processes of a run that are in rooms."""
    ours = os.readlink("/proc/self/ns/pid")
    found = []
    for child in family(pid):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{child}/ns/pid") != ours:
                found.append(child)
    return found


def whole(course, temporary):
    """Nothing is half-made or lies about."""
    assert not list(course.glob("autograded/*/.*"))
    assert not list(temporary.iterdir())
    for folder in course.glob("autograded/*/tiny"):
        nbformat.read(folder / NAME, as_version=4)


KILL = "os.kill(os.getpid(), signal.SIGKILL)"
MOMENTS = {
    "while cells run": ("", False),
    "before the grade is committed": (
        f"from nbexaminer.record import Recorder\nRecorder.record = lambda *_: {KILL}",
        False,
    ),
    "when it is committed": (
        "from nbexaminer.record import Recorder\n"
        f"record = Recorder.record\nRecorder.record = lambda *a: (record(*a), {KILL})",
        False,
    ),
    "between the renames of a regrade": (
        f"rename = Path.rename\nPath.rename = lambda *a: (rename(*a), {KILL})",
        True,
    ),
    "while files are written": (
        f"from nbexaminer import grading\nwrite = grading._write\ngrading._write = lambda *a: (write(*a), {KILL})",
        False,
    ),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_is_killed_is_finished_by_the_next(course, temporary, moment):
    patch, regrade = MOMENTS[moment]
    submit(course, "a")
    if regrade:
        autograde(course)
    submit(course, "b", SLOW)
    submit(course, "c", SLOW)
    process = start(course, *(["--force"] if regrade else []), patch=patch)
    if patch:
        started = set()
        while process.poll() is None:
            started |= set(family(process.pid))
            time.sleep(0.01)
    else:
        wait_for(lambda: (course / "autograded" / "a" / "tiny").exists() and in_rooms(process.pid))
        started = set(family(process.pid))
        process.kill()
    assert process.wait() == -signal.SIGKILL
    assert len(started) > 3
    wait_for(lambda: not any(alive(pid) and not half_made(pid) for pid in started))
    done = autograde(course)
    assert not any(map(alive, started))
    assert done.returncode == 0
    assert scores(course) == {"a": 3, "b": 3, "c": 3}
    assert rerun(done) >= {"b", "c"}
    assert ("a" in rerun(done)) == bool(patch)
    whole(course, temporary)
    assert rerun(autograde(course)) == set()


def test_a_submission_whose_worker_is_killed_is_graded_again(course, temporary):
    submit(course, "a", SLOW)
    process = start(course)
    victims = wait_for(lambda: in_rooms(process.pid) and [w for w in family(process.pid) if is_worker(w)])
    os.kill(victims[0], signal.SIGKILL)
    out, _ = process.communicate(timeout=200)
    assert process.returncode == 0, out
    assert "its worker process failed" in out
    assert "a        3 of 3" in out
    whole(course, temporary)


def is_worker(pid):
    """Whether it is a worker process that has started a room."""
    with contextlib.suppress(OSError):
        if b"forkserver" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return False
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return any(b"bwrap" in Path(f"/proc/{child}/cmdline").read_bytes() for child in children)


def test_a_submission_that_kills_its_worker_again_and_again_is_named(course):
    submit(course, "a", SLOW)
    submit(course, "b")
    process = start(course)
    with contextlib.suppress(AssertionError):
        while process.poll() is None:
            for victim in family(process.pid):
                if is_worker(victim) and (course / "autograded" / "b" / "tiny").exists():
                    os.kill(victim, signal.SIGKILL)
            time.sleep(0.05)
    out, _ = process.communicate(timeout=200)
    assert process.returncode == 1
    assert "a: 2 worker processes failed while they graded it" in out
    assert scores(course) == {"b": 3}


def test_ctrl_c_waits_for_nobody_and_ends_with_a_summary(course, temporary):
    submit(course, "a")
    for student in "bcdef":
        submit(course, student, asleep(100))
    process = start(course)
    wait_for(lambda: (course / "autograded" / "a" / "tiny").exists() and in_rooms(process.pid))
    started = family(process.pid)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=50)
    assert process.returncode == 130
    assert re.search(r"^a +3 of 3", out, re.M)
    assert "interrupted: 5 of 6 are not graded yet. Run again to go on." in out
    assert "Traceback" not in out
    wait_for(lambda: not any(map(alive, started)))
    whole(course, temporary)
    for student in "bcdef":
        submit(course, student)
    done = autograde(course)
    assert scores(course) == dict.fromkeys("abcdef", 3)
    assert rerun(done) == set("bcdef")


def test_what_a_dead_run_has_left_running_is_ended(course, temporary):
    """Bubblewrap's child, if bubblewrap is killed right after it has made it."""
    folder = temporary / "nbexaminer-dead"
    folder.mkdir()
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(["sleep", "100"], stderr=log)
    submit(course, "a")
    autograde(course)
    assert process.wait(timeout=60) == -signal.SIGKILL
    whole(course, temporary)


def test_two_runs_at_once_do_not_tread_on_each_other(course):
    submit(course, "a", asleep(10))
    process = start(course)
    wait_for(lambda: in_rooms(process.pid))
    second = autograde(course)
    assert second.returncode == 2
    assert "Another nbexaminer is writing to" in second.stderr
    process.communicate(timeout=200)
    assert scores(course) == {"a": 3}


def test_what_stock_nbgrader_skips_for_ever_is_graded(course):
    """A grader that was killed has left a folder behind."""
    submit(course, "a")
    (course / "autograded" / "a" / "tiny").mkdir(parents=True)
    assert nbexaminer(course, "autograde", "tiny", program="nbgrader").returncode == 0
    assert scores(course) == {}, "stock nbgrader has learned: this test, and what is said of it, can go"
    autograde(course)
    assert scores(course) == {"a": 3}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk that is full")
def test_a_full_disk_is_said_and_loses_nothing(course, temporary):
    for student in "ab":
        submit(course, student)
    (course / "submitted" / "b" / "tiny" / "large").write_bytes(bytes(3 << 20))
    command = f"mount -t tmpfs -o size=2m none autograded && {sys.executable} -m nbexaminer autograde tiny; status=$?"
    command += "; find autograded; exit $status"
    (course / "autograded").mkdir()
    process = subprocess.run(
        ["unshare", "--mount", "sh", "-c", command], cwd=course, env=environment(), capture_output=True, text=True
    )
    assert process.returncode == 1
    assert "b: its folder in autograded/ cannot be written (No space left on device)" in process.stdout
    assert f"autograded/a/tiny/{NAME}" in process.stdout
    assert "unfinished" not in process.stdout
    assert scores(course) == {"a": 3}
    autograde(course)
    assert scores(course) == {"a": 3, "b": 3}


def test_a_gradebook_that_cannot_be_written_ends_the_run_in_one_line(course, temporary):
    for student in "abc":
        submit(course, student)
    patch = (
        "from sqlalchemy.exc import OperationalError\n"
        "from nbexaminer.record import Recorder\n"
        "record = Recorder.record\n"
        "def full(self, student, *a):\n"
        "    if student == 'c': raise OperationalError('', {}, Exception('database or disk is full'))\n"
        "    record(self, student, *a)\n"
        "Recorder.record = full"
    )
    process = start(course, "--jobs=1", patch=patch)
    out, _ = process.communicate(timeout=200)
    assert process.returncode == 2
    assert "The gradebook cannot be used (database or disk is full)" in out
    assert "Traceback" not in out
    whole(course, temporary)
    autograde(course)
    assert scores(course) == dict.fromkeys("abc", 3)


def test_a_gradebook_that_another_one_writes_to_is_waited_for(course):
    submit(course, "a")
    other = sqlite3.connect(course / "gradebook.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    process = start(course)
    time.sleep(10)
    other.close()
    out, _ = process.communicate(timeout=200)
    assert process.returncode == 0, out
    assert scores(course) == {"a": 3}


def test_nobody_needs_to_read_what_is_said(course, temporary):
    for student in "abc":
        submit(course, student)
    process = start(course, "--jobs=1")
    assert "1 of 3  a" in process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=200) == 0
    assert scores(course) == dict.fromkeys("abc", 3)
    whole(course, temporary)


def test_no_more_workers_than_submissions(course):
    submit(course, "a", SLOW)
    process = start(course, "--jobs=1000")
    wait_for(lambda: in_rooms(process.pid))
    assert len(family(process.pid)) < 15
    process.communicate(timeout=200)
    assert scores(course) == {"a": 3}
