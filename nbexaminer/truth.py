"""What gradebook and source notebook say of an assignment's cells. A submission may say what it likes."""

import json
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from nbexaminer import testcell

IN_KERNEL = "in-kernel"
"""Tag of a test cell, in the source notebook, that has to run in the student's kernel."""


@dataclass
class Truth:
    """What is known of one notebook of an assignment, as plain data.

    Attributes
    ----------
    cells : dict of str to NotebookNode
        {grade id: the cell as it has to be, but for its random id, with its nbgrader metadata and without a student's
        answer}, in the order of the source.
    answers : dict of str to set of str
        {grade id: names that the model solution defines} of the solution cells.
    texts : dict of str to dict
        {source: attachments} of the source notebook's cells that are not code.
    kernelspec : dict or None
        The course's own.
    """

    cells: dict
    answers: dict
    texts: dict
    kernelspec: dict | None

    @classmethod
    def of(cls, preprocessor, resources):
        """What is known of the notebook that a conversion's resources name; reads it unless it is there already."""
        submission = resources["nbgrader"]
        if "truth" not in submission:
            course = CourseDirectory(parent=preprocessor)
            with Gradebook(submission["db_url"], course.course_id) as gradebook:
                submission["truth"] = cls.read(gradebook, course, submission["assignment"], submission["notebook"])
        return submission["truth"]

    @classmethod
    def read(cls, gradebook, course, assignment, name):
        """Read it for a notebook from the gradebook and, where there is one, from the source notebook.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
        course : nbgrader.coursedir.CourseDirectory
        assignment, name : str
            Of the assignment and of the notebook, without its suffix.

        Raises
        ------
        nbgrader.api.MissingEntry
            The gradebook does not have it.
        """
        folder = Path(course.format_path(course.source_directory, ".", assignment))
        try:
            source = nbformat.read(folder / f"{name}.ipynb", as_version=4).cells
        except OSError:
            source = []
        notebook = gradebook.find_notebook(name, assignment)
        cells = _cells(notebook, source)
        # the source notebook has the solutions, the gradebook what students got
        solved = {grade_id(cell): cell.source for cell in source}
        return cls(
            cells=cells,
            answers={
                name: testcell.defined(solved.get(name, cell.source))
                for name, cell in cells.items()
                if cell.metadata.nbgrader.solution and cell.cell_type == "code"
            },
            texts={cell.source: cell.get("attachments") for cell in source if cell.cell_type != "code"},
            kernelspec=json.loads(notebook.kernelspec) if notebook.kernelspec else None,
        )

    def tests(self):
        """{grade id: source} of the test cells."""
        return self._locked_code(grade=True)

    def setup(self):
        """{grade id: source} of the locked code cells that are not graded."""
        return self._locked_code(grade=False)

    def in_kernel(self):
        """Grade ids of the cells that are tagged so."""
        return {name for name, cell in self.cells.items() if IN_KERNEL in cell.metadata.get("tags", ())}

    def _locked_code(self, grade):
        return {
            name: cell.source
            for name, cell in self.cells.items()
            if cell.cell_type == "code"
            and name not in self.answers
            and cell.metadata.nbgrader.locked
            and cell.metadata.nbgrader.grade == grade
        }


def grade_id(cell):
    """A cell's grade id, of metadata that may be anything."""
    nbgrader = cell.metadata.get("nbgrader") if isinstance(cell.metadata, dict) else None
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return name if isinstance(name, str) else None


def _cells(notebook, source):
    """`Truth.cells` of the gradebook's notebook; order and tags, which it does not have, are those of the source."""
    grades = {cell.name: cell for cell in notebook.grade_cells}
    tasks = {cell.name: cell for cell in notebook.task_cells}
    answers = {cell.name for cell in notebook.solution_cells}
    order = {grade_id(cell): index for index, cell in enumerate(source)}
    tags = {grade_id(cell): cell.metadata.get("tags", []) for cell in source}
    cells = {}
    for cell in sorted(notebook.source_cells, key=lambda cell: order.get(cell.name, len(order))):
        name = cell.name
        nbgrader = {
            "cell_type": cell.cell_type,
            "checksum": cell.checksum,
            "grade": name in grades,
            "grade_id": name,
            "locked": cell.locked,
            "schema_version": 3,
            "solution": name in answers,
            "task": name in tasks,
        }
        if name in grades or name in tasks:
            nbgrader["points"] = (grades | tasks)[name].max_score
        metadata = {"nbgrader": nbgrader} | ({"tags": tags[name]} if tags.get(name) else {})
        true = {"cell_type": cell.cell_type, "metadata": metadata, "source": cell.source}
        if cell.cell_type == "code":
            true |= {"outputs": [], "execution_count": None}
        cells[name] = nbformat.from_dict(true)
    return cells
