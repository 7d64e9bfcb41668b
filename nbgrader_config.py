"""Settings of the course; `nbgrader --help-all` explains each of them."""

from pathlib import Path

c = get_config()  # noqa: F821 - given by nbgrader

c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.course_id = "neural-networks"

# Seconds a cell may take. The model solution needs less than one for its slowest cell.
c.ExecutePreprocessor.timeout = 60
c.ExecutePreprocessor.interrupt_on_timeout = True
c.ExecutePreprocessor.record_timing = False

# nbexaminer: submissions are mended, student code runs in a sandbox, test cells outside of it.
c.Autograde.exporter_class = "nbexaminer.exporter.LenientExporter"
c.Autograde.sanitize_preprocessors = [
    "nbexaminer.mend.Mend",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "nbexaminer.examine.Examine",
    "nbexaminer.sanitize.Sanitize",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Feedback: a page with an overview on top; hidden tests stay out of what students get.
c.GenerateFeedback.exporter_class = "nbexaminer.feedback.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbexaminer.feedback.Overview",
    "nbexaminer.feedback.ClearHiddenTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]

# nbgrader zip_collect takes what Moodle and Canvas let one download.
c.ZipCollectApp.extractor_plugin = "nbexaminer.collect.LmsExtractor"
c.ZipCollectApp.collector_plugin = "nbexaminer.collect.LmsCollector"
