"""The one who writes grades into the gradebook."""

from nbgrader.api import BaseCell, Comment, Grade, Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties

from nbexaminer.submission import NotGradable
from nbexaminer.truth import Truth

PATIENCE = 60  # seconds that another one may write to a gradebook in SQLite, whose own default is 5


class Recorder:
    """Records the grades of one assignment; opens the gradebook once.

    Parameters
    ----------
    coursedir : nbgrader.coursedir.CourseDirectory
    create_student : bool
        Whether students who are not in the gradebook are put there.
    parent : traitlets.config.Configurable
        For the settings of nbgrader's AssignLatePenalties.

    Raises
    ------
    sqlalchemy.exc.OperationalError
        From any method: the database cannot be used.
    """

    def __init__(self, coursedir, create_student, parent):
        self.coursedir, self.create_student = coursedir, create_student
        self.assignment = coursedir.assignment_id
        url = coursedir.db_url
        if url.startswith("sqlite:") and "?" not in url:
            url += f"?timeout={PATIENCE}"
        self.gradebook = Gradebook(url, coursedir.course_id)
        self.penalties = AssignLatePenalties(parent=parent)
        self.penalties.init_plugin()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.gradebook.close()

    def truths(self):
        """{notebook: `Truth`} of the assignment; {} if the gradebook does not have it."""
        try:
            names = [notebook.name for notebook in self.gradebook.find_assignment(self.assignment).notebooks]
        except MissingEntry:
            return {}
        return {name: Truth.read(self.gradebook, self.coursedir, self.assignment, name) for name in names}

    def scores(self):
        """{student: {notebook: {grade id: points that nbgrader or nbexaminer gave}}}, of those who have any."""
        found = {}
        rows = self.gradebook.db.query(SubmittedNotebook.id, BaseCell.name, Grade.auto_score)
        rows = rows.join(Grade, Grade.notebook_id == SubmittedNotebook.id).join(BaseCell, BaseCell.id == Grade.cell_id)
        grades = {}
        for notebook, cell, score in rows:
            grades.setdefault(notebook, {})[cell] = score
        for submission in self.gradebook.assignment_submissions(self.assignment):
            found[submission.student_id] = {
                notebook.name: grades.get(notebook.id, {}) for notebook in submission.notebooks
            }
        self.gradebook.db.remove()
        return found

    def due(self):
        """What lateness depends on beside the timestamp: when the work was due, and {student: extension}."""
        due = self.gradebook.find_assignment(self.assignment).duedate
        submissions = self.gradebook.assignment_submissions(self.assignment)
        extensions = {submission.student_id: submission.extension for submission in submissions}
        self.gradebook.db.remove()
        return due, extensions

    def record(self, student, finished, missing, timestamp=None):
        """Record a submission's points and comments, and its penalty for being late. Points given by hand stay.

        Parameters
        ----------
        student : str
        finished : dict of str to Finished
            {notebook: its outcome}.
        missing : collection of str
            Notebooks that were not handed in: no points.
        timestamp : datetime.datetime, optional
            When it was handed in.

        Raises
        ------
        NotGradable
            The student is not in the gradebook, and must be.
        """
        gradebook, db = self.gradebook, self.gradebook.db
        try:
            if self.create_student:
                gradebook.update_or_create_student(student)
            else:
                try:
                    gradebook.find_student(student)
                except MissingEntry:
                    text = "no such student in the gradebook"
                    raise NotGradable(f"{text}. Add them: nbgrader db student add {student!r}", text) from None
            late = {"timestamp": timestamp} if timestamp else {}
            submission = gradebook.update_or_create_submission(self.assignment, student, **late)
            for notebook in submission.notebooks:
                if notebook.name in finished:
                    self._record(notebook, finished[notebook.name])
                    self._penalize(submission, notebook)
                elif notebook.name in missing:
                    for grade in notebook.grades:
                        grade.auto_score, grade.needs_manual_grade = 0, False
            db.commit()
        finally:
            db.remove()  # or every submission would stay in memory

    def _record(self, notebook, finished):
        db = self.gradebook.db
        grades = db.query(Grade, BaseCell.name).join(BaseCell, BaseCell.id == Grade.cell_id)
        for grade, name in grades.filter(Grade.notebook_id == notebook.id):
            if name in finished.scores:
                grade.auto_score = finished.scores[name]
                grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        comments = db.query(Comment, BaseCell.name).join(BaseCell, BaseCell.id == Comment.cell_id)
        for comment, name in comments.filter(Comment.notebook_id == notebook.id):
            if name in finished.comments:
                comment.auto_comment = finished.comments[name]

    def _penalize(self, submission, notebook):
        """As AssignLatePenalties does it."""
        notebook.late_submission_penalty = None
        if submission.total_seconds_late > 0:
            self.gradebook.db.commit()  # the database sums up the score
            penalty = self.penalties.plugin_inst.late_submission_penalty(
                submission.student_id, notebook.score, submission.total_seconds_late
            )
            if penalty is not None:
                notebook.late_submission_penalty = self.penalties._check_late_penalty(notebook, penalty)

    def table(self, students):
        """Of these students [(student, score, max score, penalty, seconds late, whether someone has to look at it)].

        What the penalty takes off is not in the score any more.
        """
        rows = {row["student"]: row for row in self.gradebook.submission_dicts(self.assignment)}
        lateness = {
            each.student_id: (each.late_submission_penalty, each.total_seconds_late)
            for each in self.gradebook.assignment_submissions(self.assignment)
        }
        self.gradebook.db.remove()
        return [
            (name, max(0, row["score"] - penalty), row["max_score"], penalty, late, row["needs_manual_grade"])
            for name in sorted(students)
            if (row := rows.get(name))
            for penalty, late in [lateness[name]]
        ]
