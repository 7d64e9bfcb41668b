"""The same class for otter-grader: `OTTER=1 make bench` installs it into a throw-away environment and adds it.

Each test cell becomes an otter test that executes that cell, in the kernel, at its place in the notebook. As in stock
nbgrader nothing is isolated and the first failed check ends a test. otter takes one submission a command (`otter run`;
its own way to grade a class, `otter grade`, needs Docker), so the start of Python is in each submission's time.
"""

import json
import os
import subprocess
import sys

import matplotlib
import nbformat
import numpy

from samples import ASSIGNMENT, NOTEBOOK, ROOT

NAME = "otter run"
TEST = """from otter.test_files import test_case
OK_FORMAT, name, points = False, {name!r}, {points}
CELL = {source!r}
@test_case()
def test(env):
    exec(CELL, env)
"""


def prepare(folder, answers):
    """Install otter and write tests and submissions; answers are {student: {id of a solution cell: code}}."""
    (folder / "tests").mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    same = [f"numpy=={numpy.__version__}", f"matplotlib=={matplotlib.__version__}"]
    pip = [folder / "venv/bin/pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "otter-grader", "ipykernel", *same], check=True)
    for student, answered in answers.items():
        submission = folder / "submissions" / student
        submission.mkdir(parents=True)
        nbformat.write(converted(answered, folder / "tests"), submission / "submission.ipynb")
    otter(folder, "generate", "-t", "tests", "-o", "autograder.zip", "--no-requirements", "--no-environment")


def otter(folder, *command):
    """Run one of otter's commands, with nbexaminer's `expect` at hand."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = ["venv/bin/otter", *command]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)


def converted(answers, tests):
    """A submission in which test cells are calls of otter's `check`; writes the tests, too."""
    notebook = nbformat.read(ROOT / "source" / ASSIGNMENT / NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        name = about.get("grade_id")
        if cell.cell_type == "code" and about.get("points"):
            (tests / f"{name}.py").write_text(TEST.format(name=name, points=about["points"], source=cell.source))
            cell.source = f'grader.check("{name}")'
        cell.source = answers.get(name, cell.source)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("import otter\ngrader = otter.Notebook()"))
    return notebook


def grade(folder):
    """Grade all submissions, one after the other."""
    for submission in sorted((folder / "submissions").iterdir()):
        otter(folder, "run", "-a", "autograder.zip", "-o", submission, "--no-logo", submission / "submission.ipynb")


def scores(folder):
    """{student: points}"""
    results = {path.parent.name: json.loads(path.read_text()) for path in folder.glob("submissions/*/results.json")}
    return {student: sum(test.get("score", 0) for test in found["tests"]) for student, found in results.items()}
