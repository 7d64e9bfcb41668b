"""Settings of the course; `nbgrader --help-all` explains each of them."""

from pathlib import Path

c = get_config()  # noqa: F821 - given by nbgrader

c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.course_id = "neural-networks"

# Seconds a cell may take. The model solution needs less than one for its slowest cell.
c.ExecutePreprocessor.timeout = 60
c.ExecutePreprocessor.interrupt_on_timeout = True
c.ExecutePreprocessor.record_timing = False

# nbexaminer: student code runs in a sandbox, test cells outside of it.
c.Autograde.autograde_preprocessors = [
    "nbexaminer.examine.Examine",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Hidden tests stay out of what students get.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
