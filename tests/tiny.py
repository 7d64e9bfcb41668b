"""A course that is small enough to be graded many times: one function, two tests."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

NAME = "tiny.ipynb"
CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "tiny"\n'
ANSWER = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x + 2"
TEST = "assert double(2.5) == 5.0\n### BEGIN HIDDEN TESTS\nassert double(-1) == -2\n### END HIDDEN TESTS"


def asleep(seconds):
    """A right answer that takes its time."""
    return f"import time\ntime.sleep({seconds})\n{RIGHT}"


SLOW = asleep(4)


def cell(new, source, name, points=None, solution=False):
    nbgrader = {"grade_id": name, "grade": points is not None, "solution": solution, "locked": not solution}
    nbgrader |= {"task": False, "schema_version": 3} | ({} if points is None else {"points": points})
    return new(source, metadata={"nbgrader": nbgrader})


SOURCE = new_notebook(
    metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    cells=[
        new_markdown_cell("Double a number."),
        cell(new_code_cell, "import math", "set_up"),
        cell(new_code_cell, ANSWER, "double", solution=True),
        cell(new_code_cell, "assert double(2) == 4", "test_int", 1),
        cell(new_code_cell, TEST, "test_float", 2),
    ],
)


def make(course, config=CONFIG, source=SOURCE):
    """A released course in a folder."""
    folder = course / "source" / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(source, folder / NAME)
    (course / "nbgrader_config.py").write_text(config)
    process = nbexaminer(course, "generate_assignment", "tiny", "--force", program="nbgrader")
    assert process.returncode == 0, process.stderr


def submit(course, student, answer=RIGHT):
    """Hand in an answer; the folder."""
    notebook = nbformat.read(course / "release" / "tiny" / NAME, as_version=4)
    for each in notebook.cells:
        if each.metadata.get("nbgrader", {}).get("grade_id") == "double":
            each.source = answer
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / NAME)
    return folder


def environment(path=""):
    """The environment for commands that are run in a course; `path` is one more place to import from."""
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{os.getcwd()}:{path}",
    }


def nbexaminer(course, *command, program="nbexaminer", path=""):
    """Run nbexaminer in a course; the finished process, with its output as text."""
    command = [sys.executable, "-m", program, *command]
    return subprocess.run(command, cwd=course, env=environment(path), capture_output=True, text=True)


def scores(course, url=None):
    """{student: points}"""
    with Gradebook(url or f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        return {submission.student.id: submission.score for submission in gradebook.assignment_submissions("tiny")}


def autograde(course, *options):
    """`nbexaminer autograde`; the finished process."""
    process = nbexaminer(course, "autograde", "tiny", *options)
    assert "Traceback" not in process.stderr
    return process


def table(process):
    """{student: what the table of a run says}"""
    lines = process.stdout.split("remarks\n")[1].split("\n\n")[0].splitlines()
    return dict(re.split(r"  +", line, maxsplit=1) for line in lines)


def rerun(process):
    """The students who were graded anew."""
    return {student for student, words in table(process).items() if "unchanged since it was graded" not in words}
