"""The course's notebook, graded in this very process: fast, for tests of the hidden tests themselves.

Only for the samples that live in this repository and for mutants of the model solution.
Student code that nobody has read belongs in a sandbox.
"""

import contextlib
import io
import linecache
import re

import matplotlib
import matplotlib.pyplot as plt
import nbformat

from nbexaminer import testcell
from samples import ASSIGNMENT, NOTEBOOK, ROOT

matplotlib.use("agg")
SOURCE = ROOT / "source" / ASSIGNMENT / NOTEBOOK
PICTURES = re.compile(r"(plot|watch|gradient_check)_")  # cells that nothing else depends on
OUTCOMES = {  # graded cell that looks at a trained network: the functions that the training uses
    "test_logistic_regression": {"logistic", "cross_entropy", "gradient_descent"},
    "test_hidden_layer_network": {"logistic", "tanh", "cross_entropy", "forward_pass", "backprop"},
    "test_deep_network": {"logistic", "tanh", "relu", "mean_squared_error", "deep_forward_pass", "deep_backprop"},
}


def cells(path=SOURCE):
    """The notebook's code cells as {grade id: cell}, in order."""
    notebook = nbformat.read(path, as_version=4)
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if cell.cell_type == "code" and "nbgrader" in cell.metadata
    }


def is_solution(cell):
    return cell.metadata.nbgrader.solution


def is_test(cell):
    return cell.metadata.nbgrader.grade


def points(notebook=None):
    """{id of a graded cell: its points}, without the cell that only prepares the tests."""
    return {
        name: cell.metadata.nbgrader.points
        for name, cell in (notebook or cells()).items()
        if is_test(cell) and cell.metadata.nbgrader.points
    }


def stub(cell):
    """A solution cell as the release has it."""
    code = "# YOUR CODE HERE\n    raise NotImplementedError()"
    return re.sub(r"### BEGIN SOLUTION.*### END SOLUTION", code, cell.source, flags=re.S)


def run_cell(source, namespace, filename):
    """Run a cell as a kernel would: an exception ends the cell, not the notebook."""
    source = re.sub(r"^%.*$", "", source, flags=re.M)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    with contextlib.suppress(Exception):
        exec(compile(source, filename, "exec", dont_inherit=True), namespace)


def grade(answers, only=None, notebook=None, pictures=False):
    """Grade answers to the solution cells.

    Parameters
    ----------
    answers : dict of str to str
        {id of a solution cell: code}; a cell without an answer is as in the release.
    only : collection of str, optional
        Graded cells to run; a training is left out if its outcome is not among them.

    Returns
    -------
    dict of str to list of str
        {id of a graded cell: messages for the student}; no messages means full points.
    """
    only = set(points() if only is None else only)
    skipped = {name.replace("test_", "train_") for name in OUTCOMES if name not in only}
    namespace, failures = {"__name__": "__main__"}, {}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for name, cell in (notebook or cells()).items():
            if is_solution(cell):
                run_cell(answers.get(name, stub(cell)), namespace, f"<student: {name}>")
            elif is_test(cell):
                if name in only or not cell.metadata.nbgrader.points:
                    failures[name] = [mistake.told for mistake in testcell.run(cell.source, namespace)[0]]
            elif name not in skipped and (pictures or not PICTURES.match(name)):
                run_cell(cell.source, namespace, f"<locked: {name}>")
    plt.close("all")  # what set-up cells drew
    return {name: messages for name, messages in failures.items() if name in only}


def score(failures):
    worth = points()
    return sum(worth[name] for name, messages in failures.items() if not messages)
