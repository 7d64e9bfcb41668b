"""`LenientExporter`: how nbgrader's Autograde reads submissions that are not as they should be."""

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import NbGraderException
from traitlets import Bool

from nbexaminer.examine import Examine
from nbexaminer.mend import read, remark
from nbexaminer.room import RoomError, check_rooms


class LenientExporter(NotebookExporter):
    """nbconvert's exporter to notebooks, reading with `nbexaminer.mend.read`: ``c.Autograde.exporter_class``.

    Raises
    ------
    NbGraderException
        When it is made, which is before anything is graded: this machine cannot make rooms.
    """

    # checks the notebook at the end only: what a lying kernel put into it is not valid until Sanitize has seen it
    optimistic_validation = Bool(True).tag(config=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if Examine(parent=self).isolation != "none":
            try:
                check_rooms()
            except RoomError as error:
                self.log.error(str(error))
                raise NbGraderException(str(error)) from error

    def from_file(self, file_stream, resources=None, **kw):
        notebook, remarks = read(file_stream.name)
        if "nbgrader" in (resources or {}):
            remark(self, resources, *remarks)
        return self.from_notebook_node(notebook, resources=resources, **kw)
