"""A class is graded in parallel, as nbgrader grades it, and nothing is lost whatever happens on the way."""

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from sqlalchemy import text

import tiny
from samples import PLUGGED_IN
from tiny import NAME, RIGHT, cell, environment, make, nbexaminer, scores, submit

WRONG = "def double(x):\n    return x + 2"
SLOW = "import time\ntime.sleep(4)\n" + RIGHT
UNCHANGED = "unchanged since it was graded"


@pytest.fixture
def course(tmp_path):
    """A released course whose temporary files are in a folder of their own, to see what is left there."""
    make(tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture(autouse=True)
def temporary(monkeypatch):
    folder = tempfile.mkdtemp(prefix="t-", dir="/tmp")  # short: there is a limit to the paths of sockets
    monkeypatch.setenv("TMPDIR", folder)
    yield Path(folder)
    shutil.rmtree(folder, ignore_errors=True)


def autograde(course, *options):
    process = nbexaminer(course, "autograde", "tiny", *options)
    assert "Traceback" not in process.stderr
    return process


def table(process):
    """{student: what the table says}"""
    lines = process.stdout.split("remarks\n")[1].split("\n\n")[0].splitlines()
    return dict(re.split(r"  +", line, maxsplit=1) for line in lines)


def rerun(process):
    """The students who were graded anew."""
    return {student for student, words in table(process).items() if UNCHANGED not in words}


# the same as nbgrader

PENALTY = """
from nbgrader.plugins import BasePlugin
class Hourly(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return round(total_seconds_late / 3600)
"""
SAME = f"""{tiny.CONFIG}
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "ignored*"]
c.AssignLatePenalties.plugin_class = "penalty.Hourly"
c.Autograde.exclude_overwriting = {{"tiny": ["own.txt"]}}
"""


def dump(course):
    """All of the gradebook that grading writes, without ids."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        return {
            submission.student.id: {
                "timestamp": str(submission.timestamp),
                "late": submission.total_seconds_late,
                "score": submission.score,
                "notebooks": {
                    notebook.name: [
                        notebook.late_submission_penalty,
                        notebook.score,
                        sorted((g.name, g.auto_score, g.manual_score, g.needs_manual_grade) for g in notebook.grades),
                        sorted((c.name, c.auto_comment, c.manual_comment) for c in notebook.comments),
                    ]
                    for notebook in submission.notebooks
                },
            }
            for submission in gradebook.assignment_submissions("tiny")
        }


def files(course):
    """{path in autograded/: (permissions, content)}; of notebooks their cells."""
    found = {}
    for path in sorted((course / "autograded").glob("*/tiny/**/*")):
        if path.is_file():
            content = path.read_text()
            if path.suffix == ".ipynb":
                cells = json.loads(content)["cells"]
                content = [{key: value for key, value in each.items() if key != "id"} for each in cells]
            found[str(path.relative_to(course))] = oct(path.stat().st_mode), content
    return found


def everything(course):
    """A course with all that nbgrader has: manual grading, tasks, partial credit, two notebooks, files, lateness."""
    source = nbformat.from_dict(tiny.SOURCE)
    explain = cell(new_markdown_cell, "Explain.", "explain", 5, solution=True)
    task = cell(new_markdown_cell, "Do something.", "task")
    task.metadata.nbgrader |= {"task": True, "points": 4}
    partial = cell(new_code_cell, "[double(1) == 2, double(2) == 4].count(True) / 2 * 8", "test_partial", 8)
    source.cells = [*source.cells, explain, task, partial]
    folder = course / "source" / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(tiny.SOURCE, folder / "other.ipynb")
    (folder / "data.txt").write_text("the course's")
    (folder / "own.txt").write_text("the course's")
    make(course, SAME, source)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate="2026-01-01 12:00:00")
    for student, answer in {"right": RIGHT, "wrong": WRONG, "blank": "", "late": RIGHT, "no-other": RIGHT}.items():
        folder = submit(course, student, answer)
        shutil.copy(course / "release" / "tiny" / "other.ipynb", folder)
        for name in ("data.txt", "own.txt", "ignored.txt", "more/of/it.txt"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("the student's")
    submitted = course / "submitted"
    (submitted / "late" / "tiny" / "timestamp.txt").write_text("2026-01-01 15:00:00 UTC")
    (submitted / "right" / "tiny" / "timestamp.txt").write_text("2026-01-01 11:00:00 UTC")
    (submitted / "no-other" / "tiny" / "other.ipynb").unlink()


def test_the_same_as_nbgrader_cell_for_cell(tmp_path):
    (tmp_path / "penalty.py").write_text(PENALTY)
    everything(tmp_path / "stock")
    for name in ("plugged", "one", "two"):
        shutil.copytree(tmp_path / "stock", tmp_path / name)
    (tmp_path / "plugged" / "nbgrader_config.py").write_text(SAME + PLUGGED_IN)
    for name, program, options in (
        ("stock", "nbgrader", []),
        ("plugged", "nbgrader", []),
        ("one", "nbexaminer", ["--jobs=1"]),
        ("two", "nbexaminer", ["-j", "2"]),
    ):
        process = nbexaminer(tmp_path / name, "autograde", "tiny", *options, program=program, path=tmp_path)
        assert process.returncode == 0, process.stderr
    stock = dump(tmp_path / "stock")
    assert {student: known["score"] for student, known in stock.items()}["late"] > 0
    assert stock["late"]["notebooks"]["tiny"][0] == 3  # a point an hour
    assert dump(tmp_path / "plugged") == stock
    assert dump(tmp_path / "one") == stock
    assert dump(tmp_path / "two") == stock
    assert files(tmp_path / "one") == files(tmp_path / "plugged") == files(tmp_path / "two")
    same = [path for path in files(tmp_path / "stock") if not path.endswith(".ipynb")]
    assert {path: files(tmp_path / "one")[path] for path in same} == {
        path: files(tmp_path / "stock")[path] for path in same
    }
    assert files(tmp_path / "one").keys() == files(tmp_path / "stock").keys()


def test_a_students_files_are_not_in_the_way_of_the_courses(course):
    source = course / "source" / "tiny"
    (source / "data").mkdir()
    (source / "data" / "x.csv").write_text("the course's")
    (source / "y.csv").write_text("the course's")
    look = f"{RIGHT}\nassert open('data/x.csv').read() == open('y.csv').read() == \"the course's\""
    (submit(course, "file", look) / "data").write_text("the student's")
    (submit(course, "folder", look) / "y.csv").mkdir()
    (course / "submitted" / "folder" / "tiny" / "y.csv" / "z").write_text("the student's")
    process = autograde(course)
    assert table(process) == {"file": "3 of 3", "folder": "3 of 3"}
    for student in ("file", "folder"):
        assert (course / "autograded" / student / "tiny" / "data" / "x.csv").is_file()
        assert (course / "autograded" / student / "tiny" / "y.csv").is_file()
        assert '"error"' not in (course / "autograded" / student / "tiny" / NAME).read_text()


def test_what_cells_of_the_course_set_holds_for_one_submission(course):
    source = nbformat.from_dict(tiny.SOURCE)
    look = "import os, sys, warnings\nimport numpy as np\nimport matplotlib as mpl\n"
    look += "found = [np.geterr()['divide'], np.get_printoptions()['precision'], mpl.rcParams['lines.linewidth']]\n"
    look += "assert False, str([*found, 'SET' in os.environ, sys.path[0] == 'x', os.getcwd() == '/'])"
    change = "np.seterr(all='raise')\nnp.set_printoptions(precision=2)\nmpl.rcParams['lines.linewidth'] = 7\n"
    change += "os.environ['SET'] = ''\nsys.path.insert(0, 'x')\nos.chdir('/')\nwarnings.simplefilter('error')"
    change = "import os, sys, warnings\nimport numpy as np\nimport matplotlib as mpl\n" + change
    before, later = (cell(new_code_cell, look, name, 1) for name in ("before", "later"))
    source.cells = [*source.cells, before, cell(new_code_cell, change, "change"), later]
    make(course, source=source)
    for student in "abc":
        submit(course, student)
    autograde(course, "--jobs=1")
    for student in "abc":
        notebook = (course / "autograded" / student / "tiny" / NAME).read_text()
        assert "['warn', 8, 1.5, False, False, False]" in notebook
        assert "['raise', 2, 7.0, True, True, True]" in notebook


# grading again


def test_only_what_has_changed_is_graded_again(course):
    for student in ("a", "b"):
        submit(course, student)
    assert rerun(autograde(course)) == {"a", "b"}
    before = (course / "autograded" / "a" / "tiny" / NAME).stat().st_ino
    again = autograde(course)
    assert rerun(again) == set()
    assert "1 of 2  a  unchanged" in again.stdout
    assert (course / "autograded" / "a" / "tiny" / NAME).stat().st_ino == before

    submit(course, "b", WRONG)
    assert rerun(autograde(course)) == {"b"}
    (course / "submitted" / "a" / "tiny" / "data.txt").write_text("1")
    assert rerun(autograde(course)) == {"a"}
    assert rerun(autograde(course, "--Examine.timeout=50")) == {"a", "b"}
    assert rerun(autograde(course, "--Examine.timeout=50", "--student=a")) == set()
    assert rerun(autograde(course, "--Examine.timeout=50", "--force")) == {"a", "b"}

    source = nbformat.from_dict(tiny.SOURCE)
    source.cells = [*source.cells[:-1], cell(new_code_cell, "assert double(3) == 5", "test_float", 2)]
    make(course, source=source)
    assert rerun(autograde(course)) == {"a", "b"}
    assert scores(course) == {"a": 1, "b": 3}
    assert rerun(autograde(course)) == set()


def test_a_new_gradebook_gets_all_grades(course):
    submit(course, "a")
    autograde(course)
    (course / "gradebook.db").unlink()
    make(course)
    assert rerun(autograde(course)) == {"a"}
    assert scores(course) == {"a": 3}


def test_points_given_by_hand_stay(course):
    submit(course, "a")
    autograde(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        grade = gradebook.find_grade("test_int", "tiny", "tiny", "a")
        grade.manual_score, grade.needs_manual_grade = 0.5, False
        gradebook.db.commit()
    assert rerun(autograde(course)) == set()
    assert scores(course) == {"a": 2.5}
    process = autograde(course, "--force")
    assert scores(course) == {"a": 2.5}
    assert "needs manual grading" in table(process)["a"]


def test_a_student_who_is_not_in_the_gradebook_can_be_refused(course):
    submit(course, "a")
    process = autograde(course, "--Autograde.create_student=False")
    assert process.returncode == 1
    assert "a: no such student in the gradebook. Add them: nbgrader db student add 'a'" in process.stdout
    assert not (course / "autograded" / "a" / "tiny").exists()


# killed


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


def wait_for(condition, seconds=15):
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
    wait_for(lambda: not any(map(alive, started)), 3)
    done = autograde(course)
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
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    assert "its worker process died" in out
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
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "a: the worker process that graded it died 2 times" in out
    assert scores(course) == {"b": 3}


def test_ctrl_c_ends_within_two_seconds_with_a_summary(course, temporary):
    submit(course, "a")
    for student in "bcdef":
        submit(course, student, SLOW)
    process = start(course)
    wait_for(lambda: (course / "autograded" / "a" / "tiny").exists() and in_rooms(process.pid))
    started = family(process.pid)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    assert time.monotonic() - begin < 2
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert re.search(r"^a +3 of 3", out, re.M)
    assert "interrupted: 5 of 6 are not graded yet. Run again to go on." in out
    assert "Traceback" not in out
    wait_for(lambda: not any(map(alive, started)), 3)
    whole(course, temporary)
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
    assert process.wait(timeout=5) == -signal.SIGKILL
    whole(course, temporary)


def test_two_runs_at_once_do_not_tread_on_each_other(course):
    submit(course, "a", SLOW)
    process = start(course)
    wait_for(lambda: in_rooms(process.pid))
    second = autograde(course)
    assert second.returncode == 2
    assert "Another nbexaminer is writing to" in second.stderr
    process.communicate(timeout=60)
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
    assert "b: its folder in autograded/ cannot be written ([Errno 28] No space left on device)" in process.stdout
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
    out, _ = process.communicate(timeout=60)
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
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    assert scores(course) == {"a": 3}


def test_nobody_needs_to_read_what_is_said(course, temporary):
    for student in "abc":
        submit(course, student)
    process = start(course, "--jobs=1")
    assert "1 of 3  a" in process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert scores(course) == dict.fromkeys("abc", 3)
    whole(course, temporary)


def test_no_more_workers_than_submissions(course):
    submit(course, "a", SLOW)
    process = start(course, "--jobs=1000")
    wait_for(lambda: in_rooms(process.pid))
    assert len(family(process.pid)) < 15
    process.communicate(timeout=60)
    assert scores(course) == {"a": 3}


# what is seen


def test_a_terminal_shows_a_bar(course):
    submit(course, "a")
    submit(course, "b", SLOW)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 120))
    command = [sys.executable, "-m", "nbexaminer", "autograde", "tiny"]
    process = subprocess.Popen(command, cwd=course, env=environment(), stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):
        while some := os.read(ours, 4096):
            seen += some
    assert process.wait() == 0
    seen = seen.decode()
    assert re.search(r"50%\|█+ +\| 1/2 \[00:0\d<00:\d\d, .*submissions/s.*slowest: b, [1-9] s\]", seen)
    assert "100%" in seen
    assert re.search(r"b +3 of 3", seen)
    assert "1 of 2" not in seen


# other databases


@pytest.fixture
def postgresql(tmp_path):
    """The address of a PostgreSQL of our own."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [Path(shutil.which("initdb") or "/").parent]
    if not (folders[-1] / "initdb").exists():
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql): a gradebook in it was NOT tested")
    data = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    user = []
    if os.geteuid() == 0:  # it refuses to be run by root
        user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        shutil.chown(data, "nobody", "nogroup")

    def run(program, *options):
        command = [*user, str(folders[-1] / program), "-D", str(data / "db"), *options]
        subprocess.run(command, check=True, cwd=data, env=os.environ | {"HOME": str(data)}, stdout=subprocess.DEVNULL)

    run("initdb", "--username=grader", "--auth=trust", "--no-sync")
    run("pg_ctl", "-w", "-l", str(data / "log"), "-o", f"-k {data} -c listen_addresses= -c fsync=off", "start")
    yield f"postgresql+psycopg://grader@/postgres?host={data}"
    run("pg_ctl", "-m", "immediate", "stop")
    shutil.rmtree(data)


def test_a_gradebook_in_postgresql(tmp_path, postgresql):
    course = tmp_path / "course"
    config = f"{tiny.CONFIG}c.CourseDirectory.db_url = {postgresql!r}\n"
    make(course, config)
    submit(course, "a")
    submit(course, "b", WRONG)
    assert rerun(autograde(course)) == {"a", "b"}
    assert scores(course, postgresql) == {"a": 3, "b": 1}
    assert rerun(autograde(course)) == set()
    with Gradebook(postgresql, "tiny") as gradebook:
        assert gradebook.db.execute(text("select count(*) from grade")).scalar() == 4
    assert not (course / "gradebook.db").exists()
