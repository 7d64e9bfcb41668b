"""Submissions in rooms, tests outside: through real nbgrader, with a course small enough to be quick."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from nbexaminer.examine import Examiner
from samples import ROOT, nbgrader

ASSIGNMENT = "small"
RIGHT = "def double(x):\n    return 2 * x"


def cell(grade_id, source, points=None, solution=False, tags=()):
    nbgrader = {"grade_id": grade_id, "schema_version": 3, "task": False, "locked": not solution}
    nbgrader |= {"grade": points is not None, "solution": solution}
    if points is not None:
        nbgrader["points"] = points
    return new_code_cell(source, metadata={"nbgrader": nbgrader, "tags": list(tags)})


def source_cells():
    return [
        new_markdown_cell("# Doubling"),
        cell("imports", "import numpy as np\n%matplotlib inline\ncalls = []"),
        cell("setup", "def helper(f):\n    return f(20) + 2\nword = 'instructor'"),
        cell("double", "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION", solution=True),
        cell("uses_double", "four = double(2)\nword = double('ab')"),
        cell("test_visible", "assert double(2) == 4, 'double(2) must be 4'", 1),
        cell("test_hidden", "### BEGIN HIDDEN TESTS\nassert double(21) == 42, 'not 42'\n### END HIDDEN TESTS", 2),
        cell(
            "test_arrays",
            "result = double(np.arange(3))\nassert (result == [0, 2, 4]).all()\nassert helper(double) == 42",
            4,
        ),
        cell("test_values", "assert four == 4\nassert word == 'abab'\nassert isinstance(four, int)", 8),
        cell("test_partial", "[double(1) == 2, double(2) == 4].count(True) / 2 * 16", 16),
        new_code_cell("def everyone_passes(x):\n    assert x"),
        cell("second", "### BEGIN SOLUTION\nresult = 5\n### END SOLUTION", solution=True),
        cell("test_result", "assert result == 5\nassert word == 'abab'", 64),
        cell("test_unlocked", "everyone_passes(double)", 128),
        cell("test_in_kernel", "old, double = double, None\nassert old(3) == 6", 32, tags=["in-kernel"]),
    ]


SUBMISSIONS = {
    "right": RIGHT,
    "blank": None,
    "raises": "def double(x):\n    y = x + 1\n    return y / 0  # here",
    "prints": "import sys, warnings\ndef double(x):\n    print('x' * 1000)\n    warnings.warn('w')\n"
    "    print('err', file=sys.stderr)\n    return 2 * x",
    "half": "def double(x):\n    return 2 if x == 1 else None",
    "poses": "class E(Exception):\n    def _render_traceback_(self): return ['\u2717 \u2717 Anna']\n"
    "def double(x):\n    raise E('Anna')",
    "fails": "def double(x):\n    assert False",
    "loops": "def double(x):\n    while True:\n        pass",
    "object": "class Two:\n    def __eq__(self, other):\n        return True\ndef double(x):\n    return Two()",
    "exits": "import os\ndef double(x):\n    os._exit(0)",
    "tags": "class Six(int):\n    def __eq__(self, other):\n        return True\ndef double(x):\n    return Six(0)",
    "files": "from pathlib import Path\ndata = Path('data.csv').read_text()\n" + RIGHT,
}


@pytest.fixture(scope="module", params=["room", "none"])
def course(request, tmp_path_factory):
    """A graded course: its folder."""
    root = tmp_path_factory.mktemp("examine") / "course"
    folder = root / "source" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / "data.csv").write_text("1,2\n")
    nbformat.write(new_notebook(cells=source_cells(), metadata=KERNEL), folder / f"{ASSIGNMENT}.ipynb")
    config = (ROOT / "nbgrader_config.py").read_text()
    limits = "\nc.Examine.timeout = 2\nc.LimitOutput.max_lines = 50\n"
    (root / "nbgrader_config.py").write_text(f"{config}{limits}c.Examine.isolation = {request.param!r}\n")
    run(root, "generate_assignment", ASSIGNMENT)
    for student, answer in SUBMISSIONS.items():
        submit(root, student, answer)
    run(root, "autograde", ASSIGNMENT)
    run(root, "generate_feedback", ASSIGNMENT)
    return root


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def run(root, *command):
    process = nbgrader(root, *command)
    assert process.returncode == 0, process.stderr


def submit(root, student, answer):
    notebook = nbformat.read(root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    for c in notebook.cells:
        if c.metadata.get("nbgrader", {}).get("grade_id") == "double" and answer is not None:
            c.source = answer
        if c.metadata.get("nbgrader", {}).get("grade_id") == "second" and answer is not None:
            c.source = "result = 5"
        if student == "tags" and c.cell_type == "code":
            c.metadata["tags"] = ["in-kernel"]
    folder = root / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / "data.csv").write_text("mine\n")
    nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")


def points(root, student):
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, student)
        return {grade.name.removeprefix("test_"): grade.auto_score for grade in submission.notebooks[0].grades}


def told(root, student):
    """{graded cell: what the student reads}"""
    path = root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    return {
        c.metadata.nbgrader.grade_id.removeprefix("test_"): "\n".join(c.outputs[0].traceback)
        for c in cells
        if c.metadata.get("nbgrader", {}).get("grade") and c.outputs and c.outputs[0].output_type == "error"
    }


ALL = {"visible": 1, "hidden": 2, "arrays": 4, "values": 8, "partial": 16, "in_kernel": 32, "result": 64}
ALL |= {"unlocked": 0}  # its verdict would be the student's


def test_right_answers_get_all_points(course):
    assert points(course, "right") == ALL
    assert points(course, "prints") == ALL | {"in_kernel": 0}, "in the kernel nbgrader's rule holds: no stderr"


def test_nothing_done_earns_nothing_and_is_told(course):
    assert sum(points(course, "blank").values()) == 0
    assert told(course, "blank")["hidden"] == "✗ double is not implemented yet."


def test_an_exception_is_told_with_the_students_own_line(course):
    text = told(course, "raises")["hidden"]
    assert text == "✗ ZeroDivisionError in your line `return y / 0  # here`: division by zero"


def test_partial_credit_is_given_as_nbgrader_does(course):
    assert points(course, "half")["partial"] == 8


def test_an_endless_loop_costs_its_own_cells(course):
    assert sum(points(course, "loops").values()) == 0
    assert "gave no answer within" in told(course, "loops")["visible"] or "not run" in told(course, "loops")["visible"]


def test_an_object_that_claims_to_equal_everything_is_no_answer(course):
    assert sum(value for name, value in points(course, "object").items() if name != "in_kernel") == 0
    assert "'Two' object" in told(course, "object")["hidden"]


def test_a_kernel_that_dies_is_told(course):
    assert sum(points(course, "exits").values()) == 0
    assert "died" in told(course, "exits")["hidden"]


def test_files_of_the_assignment_are_there_fresh(course):
    assert points(course, "files") == ALL
    feedback = (course / "feedback" / "files" / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text()
    assert "mine" not in feedback


def test_hidden_tests_stay_out_of_what_students_get(course):
    for student in SUBMISSIONS:
        feedback = (course / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text()
        assert "HIDDEN" not in feedback and "double(21)" not in re.sub("<[^>]*>", "", feedback)


def test_a_tag_of_the_students_changes_nothing(course):
    assert points(course, "tags") == dict.fromkeys(ALL, 0) | {"in_kernel": 32}


def test_what_a_kernel_says_of_an_error_is_not_what_the_examiner_says(course):
    path = course / "autograded" / "poses" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "test_in_kernel")
    assert cell.outputs[0].traceback == ["✗ E: Anna"]
    assert cell.outputs[0].evalue == "An exception in the student's code."


def test_an_assertion_without_words_in_the_kernel(course):
    assert told(course, "fails")["in_kernel"] == "✗ A check of this cell failed."


def test_a_test_that_relies_on_an_unlocked_function_says_so(course):
    assert (
        "fault of the test: everyone_passes is a function from a cell that students can edit"
        in (told(course, "right")["unlocked"])
    )


def test_the_formgraders_button_goes_the_same_way(course, monkeypatch):
    """The formgrader calls nbgrader's API from within a server's running event loop."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    code = f"""
import asyncio
from nbgrader.apps import NbGraderAPI
from nbgrader.apps.nbgraderapp import NbGrader
from nbgrader.coursedir import CourseDirectory

async def press():
    app = NbGrader.instance()
    app.initialize(["--config", "nbgrader_config.py"])
    config = app.config
    return NbGraderAPI(CourseDirectory(config=config), config=config).autograde({ASSIGNMENT!r}, "right")

result = asyncio.run(press())
assert result["success"], result["log"] + result.get("error", "")
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=course, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert points(course, "right") == ALL


def test_a_set_up_cell_that_runs_out_of_time_ends_nothing_else():
    examiner = Examiner(set())
    examiner.set_up("import time\ntime.sleep(5)\nword = 1", 0.1)
    assert "word" not in examiner.namespace
    assert "word" not in examiner.namespace.functions  # it is not the student's by that
