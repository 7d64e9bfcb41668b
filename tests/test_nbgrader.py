"""The course in the hands of real nbgrader: release, autograde, feedback, export; with nbexaminer and without."""

import csv
import shutil

import pytest

import course
from samples import ASSIGNMENT, NOTEBOOK, ROOT, complete, make_course, model_answers, nbgrader, read_sample, submit

SAMPLES = ["right/noisy", "wrong/relu_derivative_one_at_zero"]


def mutant(model):
    """The model solution with a single change, and the cell that must lose its points by that."""
    old, new = "- lrate * b_gradient", "- b_gradient"
    assert model["deep_backprop"].count(old) == 1
    return model | {"deep_backprop": model["deep_backprop"].replace(old, new)}, "test_deep_backprop_step"


@pytest.fixture(scope="module", params=["nbexaminer", "nbgrader"])
def graded(request, tmp_path_factory):
    """A graded course: its folder, and {student: {graded cell: score}}."""
    root = tmp_path_factory.mktemp("nbgrader") / "course"
    make_course(root)
    if request.param == "nbgrader":  # alone
        config = root / "nbgrader_config.py"
        config.write_text(config.read_text().split("# nbexaminer:")[0])
    model = model_answers()
    run(root, "generate_assignment", ASSIGNMENT)
    submit(root, "student-blank", {})
    for name in SAMPLES:
        submit(root, f"student-{name.split('/')[1]}", complete(read_sample(ROOT / f"samples/{name}.py"), model))
    submit(root, "student-mutant", mutant(model)[0])
    run(root, "autograde", ASSIGNMENT, program=request.param)
    run(root, "generate_feedback", ASSIGNMENT)
    run(root, "export")
    return root, cell_scores(root)


def run(root, *command, program="nbgrader"):
    process = nbgrader(root, *command, program=program)
    assert process.returncode == 0, process.stderr


def cell_scores(root):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        return {
            submission.student.id: {grade.name: grade.score for grade in submission.notebooks[0].grades}
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
        }


def lost(scores):
    return {name for name, points in course.points().items() if scores[name] < points}


def test_the_blank_release_earns_nothing(graded):
    assert sum(graded[1]["student-blank"].values()) == 0


def test_right_answers_keep_their_points_though_they_print_and_warn(graded):
    assert lost(graded[1]["student-noisy"]) == set()


def test_wrong_answers_lose_points_as_they_do_in_process(graded):
    for name in SAMPLES:
        sample = read_sample(ROOT / f"samples/{name}.py")
        in_process = course.grade(complete(sample, model_answers()))
        assert lost(graded[1][f"student-{name.split('/')[1]}"]) == {cell for cell, bad in in_process.items() if bad}


def test_a_mutant_loses_points(graded):
    assert mutant(model_answers())[1] in lost(graded[1]["student-mutant"])


def test_feedback_and_grades_are_written(graded):
    root, scores = graded
    feedback = root / "feedback" / "student-relu_derivative_one_at_zero" / ASSIGNMENT
    assert "at x = 0 the derivative must be 0" in (feedback / NOTEBOOK.replace(".ipynb", ".html")).read_text()
    with open(root / "grades.csv") as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert exported == {student: sum(cells.values()) for student, cells in scores.items()}


def test_validate_tells_a_student_where_it_fails(tmp_path):
    """At the student's desk there is the released folder, and nbgrader, and nothing else."""
    shutil.copytree(ROOT / "release", tmp_path / "release")
    assert "failed" in nbgrader(tmp_path, "validate", str(tmp_path / "release" / ASSIGNMENT / NOTEBOOK)).stdout
    submit(tmp_path, "student", complete(read_sample(ROOT / "samples/right/noisy.py"), model_answers()))
    solved = tmp_path / "submitted" / "student" / ASSIGNMENT / NOTEBOOK
    assert "Success" in nbgrader(tmp_path, "validate", str(solved)).stdout
