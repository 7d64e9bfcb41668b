"""Make submissions of sample answers, as students would have handed them in.

`python scripts/samples.py COURSE` puts every sample into COURSE/submitted/, filled into the notebook
that was released there.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
ASSIGNMENT = "simple-neural-network"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
PLUGGED_IN = "\n#" + (ROOT / "nbgrader_config.py").read_text().partition("# nbexaminer:")[2]  # what any course can copy


def read_sample(path):
    """Read a sample answer.

    Returns
    -------
    about : dict of str to str
        "what": the first line of the file's docstring, and its lines of the form ``key: value``.
    answers : dict of str to str
        {id of a solution cell: code}, from the cells ``# %% id``.
    """
    docstring, *rest = re.split(r"^# %% (\w+)\n", Path(path).read_text(), flags=re.M)
    lines = docstring.strip().strip('"').strip().splitlines()
    about = {"what": lines[0]} | dict(line.split(": ", 1) for line in lines[1:] if re.match(r"[a-z ]+: ", line))
    return about, {name: code.strip() for name, code in zip(rest[::2], rest[1::2], strict=True)}


def complete(sample, model):
    """All answers of a sample: what it leaves out is from the model solution, or as released (``base: release``)."""
    about, answers = sample
    return answers if about.get("base") == "release" else model | answers


def model_answers(source=ROOT / "source" / ASSIGNMENT / NOTEBOOK):
    """{id of a solution cell: its code in the source notebook, as a student would have written it}."""
    return {
        cell.metadata.nbgrader.grade_id: re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", cell.source).rstrip()
        for cell in nbformat.read(source, as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def make_course(course):
    """Make a folder for a course of its own: settings and source, nothing else."""
    course.mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "source", course / "source")


def environment():
    """The environment for nbgrader's commands: nbgrader calls alembic by its name."""
    return os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


def nbgrader(course, *command, program="nbgrader"):
    """Run one of nbgrader's commands in a course; returns the finished process with its output as text."""
    command = [sys.executable, "-m", program, *command]
    return subprocess.run(command, cwd=course, env=environment(), capture_output=True, text=True)


def submit(course, student, answers):
    """Fill answers into the notebook that was released in a course, and hand it in."""
    released = course / "release" / ASSIGNMENT
    notebook = nbformat.read(released / NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        cell_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(cell_id, cell.source)
    submitted = course / "submitted" / student / ASSIGNMENT
    shutil.copytree(released, submitted)
    nbformat.write(notebook, submitted / NOTEBOOK)


def main():
    course = Path(sys.argv[1])
    model = model_answers()
    for path in sorted(ROOT.glob("samples/*/*.py")):
        submit(course, f"{path.parent.name}-{path.stem}".replace("_", "-"), complete(read_sample(path), model))
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
