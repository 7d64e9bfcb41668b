"""Execute the model solution: `python scripts/solutions.py` writes solutions/ from source/.

All tests are executed, too; the hidden ones are then taken out, so that a solution can be given to students.
"""

import shutil
from pathlib import Path

import nbformat
from nbconvert.preprocessors import ExecutePreprocessor
from nbgrader.preprocessors import ClearHiddenTests

from samples import ASSIGNMENT, NOTEBOOK, ROOT

SOURCE = ROOT / "source" / ASSIGNMENT


def solve():
    """The executed model solution, without hidden tests; raises CellExecutionError where a cell fails."""
    notebook = nbformat.read(SOURCE / NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(SOURCE)}, "nbgrader": {}}
    notebook, resources = ExecutePreprocessor(timeout=60, record_timing=False).preprocess(notebook, resources)
    notebook, _ = ClearHiddenTests().preprocess(notebook, resources)
    return notebook


def main(solutions: Path = ROOT / "solutions" / ASSIGNMENT):
    shutil.rmtree(solutions, ignore_errors=True)
    shutil.copytree(SOURCE, solutions)
    nbformat.write(solve(), solutions / NOTEBOOK)
    print(solutions.relative_to(ROOT) / NOTEBOOK)


if __name__ == "__main__":
    main()
