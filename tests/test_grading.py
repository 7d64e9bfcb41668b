"""A class is graded in parallel, as nbgrader grades it, and only what has changed is graded again."""

import contextlib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from sqlalchemy import text

import tiny
from samples import PLUGGED_IN
from tiny import NAME, RIGHT, SLOW, WRONG, autograde, cell, environment, make, nbexaminer, rerun, scores, submit, table

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
    assert rerun(autograde(course, "--Examine.timeout=50", "--student=a", "--force")) == {"a"}

    source = nbformat.from_dict(tiny.SOURCE)
    source.cells = [*source.cells[:-1], cell(new_code_cell, "assert double(3) == 5", "test_float", 2)]
    make(course, source=source)
    assert rerun(autograde(course)) == {"a", "b"}
    assert scores(course) == {"a": 1, "b": 3}
    assert rerun(autograde(course)) == set()


def test_lateness_is_in_the_table_and_its_settings_are_obeyed(course):
    (submit(course, "a") / "timestamp.txt").write_text("2026-01-03 10:00:00 UTC")
    submit(course, "b")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate="2026-01-02 08:00:00")
    assert table(autograde(course)) == {"a": "3 of 3  late by 1 day 2 hours", "b": "3 of 3"}
    zero = autograde(course, "--LateSubmissionPlugin.penalty_method=zero")
    assert table(zero) == {"a": "0 of 3  late by 1 day 2 hours, 3 points taken off", "b": "3 of 3"}
    assert table(autograde(course))["a"] == "3 of 3  late by 1 day 2 hours"


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
    assert re.search(r" 50% \|█+▌? +\| 1 of 2, 00:0\d, longest so far: b, [1-9] s", seen)
    assert "100%" in seen
    assert re.search(r"b +3 of 3", seen)
    assert not re.search("1 of 2  [ab]", seen)


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
