"""Any nbgrader course: the sample course of nbgrader gets the same points from nbgrader alone and from nbexaminer."""

import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from samples import PLUGGED_IN, nbgrader

ANSWERS = {  # of the sample course's first problem
    "squares": (
        'if n < 1:\n        raise ValueError("n must be at least 1")\n    return [i ** 2 for i in range(1, n + 1)]'
    ),
    "sum_of_squares": "return sum(squares(n))",
}


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    root = tmp_path_factory.mktemp("quickstart")
    run(root, "quickstart", "course101")
    course = root / "course101"
    tag_in_kernel(course / "source" / "ps1" / "problem1.ipynb", "sum_of_squares_uses_squares")
    run(course, "generate_assignment", "ps1", "--force")
    for student, answers in {"blank": {}, "half": {"squares": ANSWERS["squares"]}, "solved": ANSWERS}.items():
        hand_in(course, student, answers)
    shutil.copytree(course, root / "examined")
    with open(root / "examined" / "nbgrader_config.py", "a") as config:
        config.write(PLUGGED_IN)
    for folder in (course, root / "examined"):
        run(folder, "autograde", "ps1", f"--CourseDirectory.root={folder}")
    return course, root / "examined"


def run(folder, *command):
    process = nbgrader(folder, *command)
    assert process.returncode == 0, process.stderr


def tag_in_kernel(path, grade_id):
    """For a test cell that deletes a student's function, to see whether another one uses it."""
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
    cell.metadata["tags"] = ["in-kernel"]
    nbformat.write(notebook, path)


def hand_in(course, student, answers):
    submitted = course / "submitted" / student / "ps1"
    shutil.copytree(course / "release" / "ps1", submitted)
    path = submitted / "problem1.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        answer = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if answer:
            cell.source = cell.source.replace("# YOUR CODE HERE\n    raise NotImplementedError()", answer)
    nbformat.write(notebook, path)


def scores(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {
            (submission.student.id, notebook.name, grade.name): grade.auto_score
            for submission in gradebook.assignment_submissions("ps1")
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def test_the_sample_course_gets_the_same_points_both_ways(courses):
    stock, examined = map(scores, courses)
    assert len(stock) > 10
    assert stock == examined
    assert sum(points or 0 for (student, *_), points in stock.items() if student == "solved") >= 3
