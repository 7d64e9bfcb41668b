"""The grade files that Moodle and Canvas import: the plugins of ``nbexaminer export``, and of ``nbgrader export``.

Best filled into the file that the LMS gives out. What is in there stays as it is, but for grades, and for names that
a spreadsheet would take for formulas. Students are the numbers that `nbexaminer.collect` finds in downloads.
"""

import csv
import io
import re
import sys
import unicodedata
from pathlib import Path
from typing import NamedTuple

from nbgrader.api import Assignment, Grade, MissingEntry, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import ExportPlugin
from sqlalchemy import and_
from traitlets import Unicode

from nbexaminer.files import write_all
from nbexaminer.grading import read_refusals, refusals, shown
from nbexaminer.mend import read
from nbexaminer.progress import say
from nbexaminer.results import _folder, _graded_at, _handed_in
from nbexaminer.submission import NotGradable, check
from nbexaminer.truth import grade_id

FORMULA = re.compile(r"\s*[=+\-@\t\r]")
HARMLESS = re.compile(r"\s*([-+]?\d+([.,]\d+)*|-+)?\s*")  # numbers, and dashes where there is nothing
BOM = "\ufeff"
INCOMPLETE = "no grade yet: there are cells without points"


class CannotExport(Exception):
    """Why no grades can be written and what to do, in one line."""


class Graded(NamedTuple):
    """What the gradebook says of a student.

    Parameters
    ----------
    score : float or None
        None if there is none to be given.
    name : str
        "" if it is not known.
    problem : str
        Why there is no score, else "".
    """

    score: float | None
    name: str
    problem: str


class Sheet:
    """A CSV file of an LMS: its rows, and the way it is written.

    Parameters
    ----------
    rows : list of list of str
    delimiter, newline : str
    bom : bool
        Whether it starts with a byte order mark.
    """

    def __init__(self, rows, delimiter=",", newline="\n", bom=False):
        self.rows, self.delimiter, self.newline, self.bom = rows, delimiter, newline, bom

    @classmethod
    def read(cls, path, titles):
        """One that the LMS has given out.

        Parameters
        ----------
        path : Path
        titles : collection of str
            Of columns that should be in it, by which its delimiter is known: commas are in other titles, too.

        Raises
        ------
        CannotExport
        """
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            raise CannotExport(f"{path} is not in UTF-8. Take the file as the LMS gives it out.") from None
        except OSError as error:
            raise CannotExport(f"{path} cannot be read ({error.strerror or error}).") from None
        bom, text = text.startswith(BOM), text.removeprefix(BOM)
        # Moodle's worksheet may have what students have written
        csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))

        def rows(delimiter, strict=True):
            return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)

        def known(delimiter):
            header = [cell.strip().casefold() for cell in next(rows(delimiter, strict=False), [])]
            return len({title.casefold() for title in titles}.intersection(header)), len(header)

        try:
            delimiter = max(",;\t", key=known)
            sheet = cls([*rows(delimiter)], delimiter, "\r\n" if "\r\n" in text else "\n", bom)
        except csv.Error as error:
            raise CannotExport(f"{path} is no CSV file ({error}).") from None
        if not sheet.rows:
            raise CannotExport(f"{path} is empty.")
        return sheet

    def write(self, path):
        """Write it, all or nothing, into a folder that is made if there is none.

        Raises
        ------
        CannotExport
        """
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, lineterminator=self.newline).writerows(self.rows)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_all({path: BOM * self.bom + text.getvalue()})
        except OSError as error:
            raise CannotExport(f"{path} cannot be written ({error.strerror}).") from None


def defused(cell):
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if FORMULA.match(cell) and not HARMLESS.fullmatch(cell) else cell


def number(text):
    """A number in a cell, with whatever decimal point; None if it is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def points(score):
    """A score as text. Both LMS read the decimal point in every language; Moodle keeps five digits after it."""
    return f"{score:.5f}".rstrip("0").rstrip(".")


class LmsExporter(ExportPlugin):
    """Base of the exporters for an LMS. Who or what is left out is told, a line each; the exit status is 1 then.

    Of its own, an exporter has

    - ``_numbered(graded)``: those whom the LMS has a number for; who else there is is told;
    - ``_titles()``: columns that each of the LMS's files has;
    - ``_columns(header, assignment)``: the indices of the students' numbers and of the grades, and those of what a
      spreadsheet may take for a formula;
    - ``_student(row, who)``: a row's student; None if it is not one's;
    - ``_spared(row, who)``: whether a row stays as it is, and nobody needs to know;
    - ``_refused(row, where, score)``: why the LMS would not take a grade; None if it would;
    - ``_check_points(sheet, where, best)``: whether the LMS gives as many points;
    - ``_new(assignment, best, graded)``: the rows of a file without a roster.
    """

    roster = Unicode(help="The CSV file that the LMS gives out, to fill the grades into.").tag(config=True)

    lms = ""
    """What the LMS is called."""

    def export(self, gradebook):
        self.left_out = []
        try:
            sheet, count, path = self._export(gradebook)
            if count:
                sheet.write(path)
        except CannotExport as error:
            self.log.error("%s", error)
            sys.exit(2)
        for line in self.left_out:
            self.log.error("%s", line)
        if not count:
            self.log.error("There is no grade to write: %s is not written.", path)
            sys.exit(2)
        say(f"{count} grades for {self.lms} in {path}")
        sys.exit(1 if self.left_out else 0)

    def _export(self, gradebook):
        """The `Sheet`, how many grades are in it, and where it is to be written."""
        if len(self.assignment) != 1:
            raise CannotExport("Name one assignment: --assignment NAME")
        name = str(self.assignment[0])
        try:
            best = gradebook.find_assignment(name).max_score
        except MissingEntry:
            raise CannotExport(f"The gradebook has no assignment {name!r}.") from None
        graded = self._graded(gradebook, name)
        if not graded:
            raise CannotExport(f"Nobody is graded. First: nbexaminer autograde {name!r}")
        path = Path(self.to or f"{name}-{self.lms.lower()}.csv")
        graded = self._numbered(graded)
        if self.roster and graded:
            sheet = Sheet.read(Path(self.roster), self._titles())
            count = self._fill(sheet, name, best, graded)
        else:
            known = {student: each for student, each in graded.items() if each.score is not None}
            sheet, count = Sheet(self._new(name, best, known)), len(known)
            self.left_out += [f"{shown(each)}: {graded[each].problem}" for each in graded if each not in known]
        return sheet, count, path

    def _graded(self, gradebook, assignment):
        """{student: `Graded`} of those who have handed in."""
        wanted = {str(student) for student in self.student}
        incomplete, ungraded = self._incomplete(gradebook, assignment), self._ungraded(gradebook, assignment)
        graded = {student: Graded(None, "", f"not graded: {why}") for student, why in ungraded.items()}
        for submission in gradebook.assignment_submissions(assignment):
            student, problem = submission.student_id, ""
            if student in ungraded:
                problem = f"a newer submission of theirs is not graded: {ungraded[student]}"
            elif student in incomplete:
                problem = INCOMPLETE
            score = None if problem else max(0.0, submission.score - submission.late_submission_penalty)
            names = (submission.student.last_name, submission.student.first_name)
            graded[student] = Graded(score, ", ".join(filter(None, names)), problem)
        return {student: graded[student] for student in sorted(graded) if not wanted or student in wanted}

    def _ungraded(self, gradebook, assignment):
        """{student: why} of those who have handed in what is not graded: the gradebook has their last grade, if any."""
        coursedir = self.parent.coursedir
        coursedir.assignment_id = assignment
        refused, found = read_refusals(refusals(coursedir)), {}
        names = {f"{notebook.name}.ipynb" for notebook in gradebook.find_assignment(assignment).notebooks}
        for student in _handed_in(coursedir):
            folder = Path(coursedir.format_path(coursedir.submitted_directory, student, assignment))
            graded = _folder(coursedir, student)
            refusal = refused.get(student)
            if refusal and refusal["when"] > _graded_at(graded):
                found[student] = refusal["why"]
            elif max((path.stat().st_mtime for path in folder.glob("*.ipynb")), default=0) > _graded_at(graded):
                try:
                    if any(_is_new(folder / name, graded / name) for name in check(folder, student, names)):
                        found[student] = f"first nbexaminer autograde {assignment!r}"
                except NotGradable as problem:
                    found[student] = str(problem)
        return found

    def _incomplete(self, gradebook, assignment):
        """Students with cells that have no points yet, but could have.

        Points given by hand are points; nbgrader marks them to be looked at again whenever the cell is graded anew.
        """
        rows = gradebook.db.query(SubmittedAssignment.student_id).join(Assignment)
        rows = rows.join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id).join(Grade)
        nothing = and_(Grade.auto_score.is_(None), Grade.manual_score.is_(None), Grade.max_score > 0)
        rows = rows.filter(Assignment.name == assignment, nothing)
        return {student for (student,) in rows.distinct()}

    def _fill(self, sheet, assignment, best, graded):
        """Write grades into the rows of students. Returns how many."""
        header = sheet.rows[0]
        who, where, names = self._columns([cell.strip() for cell in header], assignment)
        count, seen = 0, set()
        for row in sheet.rows[1:]:
            row += [""] * (len(header) - len(row) if any(row) else 0)
            student = self._student(row, who)
            if student:
                seen.add(student)
            if student and not self._spared(row, who):
                problem = self._grade(row, where, graded.get(student))
                if problem and not (self.student and student not in graded):
                    self.left_out.append(f"{student}: {problem}")
                count += not problem
            for column in names if any(row) else ():
                row[column] = defused(row[column])
        if not seen:
            raise CannotExport(f"{self.roster} has no student in it.")
        self._check_points(sheet, where, best)
        self.left_out += [f"{shown(student)}: has no row in {self.roster}" for student in graded if student not in seen]
        return count

    def _grade(self, row, where, graded):
        """Write a student's grade into their row; what speaks against it, if anything does."""
        if graded is None:
            return f"in {self.roster}, but not graded here"
        if graded.score is None:
            return graded.problem
        problem = self._refused(row, where, graded.score)
        if not problem:
            row[where] = points(graded.score)
        return problem

    def _column(self, header, title):
        """The index of the one column with a title.

        Raises
        ------
        CannotExport
        """
        found = _indices(header, title)
        if len(found) != 1:
            which = "several columns" if found else "no column"
            raise CannotExport(f"{self.roster} has {which} {title!r}. {self.source}")
        return found[0]


def _is_new(submitted, graded):
    """Whether a student has changed a notebook since it was graded.

    Their texts say so: to grade it to find out takes too long, and copying a course changes the times of its files.
    """
    try:
        before = read(graded)[0].cells
    except (OSError, NotGradable):
        return True
    locked = {grade_id(cell) for cell in before if cell.metadata.get("nbgrader", {}).get("locked")}
    texts = [cell.source for cell in before]
    for cell in read(submitted)[0].cells:
        # what could do harm in the formgrader, which code cannot, has other text around it in graded notebooks
        same = texts.__contains__ if cell.cell_type == "code" else lambda text: any(text in each for each in texts)
        if not (grade_id(cell) in locked or same(cell.source)):
            return True
    return False


class MoodleExporter(LmsExporter):
    """Moodle's offline grading worksheet. In another language than English, set what is in it."""

    identifier = Unicode("Identifier", help="Heading of the column with the participants' numbers.").tag(config=True)
    participant = Unicode("Participant ", help="What stands before a participant's number.").tag(config=True)
    grade = Unicode("Grade", help="Heading of the column with the grades.").tag(config=True)
    maximum = Unicode("Maximum grade", help="Heading of the column with the best grade.").tag(config=True)
    modified = Unicode("Last modified (grade)", help="Heading of the last column before feedback.").tag(config=True)
    changeable = Unicode("Grade can be changed", help="Heading of what tells locked grades.").tag(config=True)
    locked = Unicode("No", help="What that column says of a locked grade.").tag(config=True)
    scale = Unicode("Scale", help="Heading of the column that is there if grades are no points.").tag(config=True)
    status = Unicode("Status", help="Heading of the column behind what is known of a participant.").tag(config=True)
    group = Unicode("Group", help="Heading of the column that is there if groups hand in.").tag(config=True)

    lms = "Moodle"
    source = "Take Moodle's grading worksheet; other languages than English: nbexaminer export --help-all"

    def _numbered(self, graded):
        others = [student for student in graded if not re.fullmatch("[0-9]+", student)]
        self.left_out += [f"{shown(student)}: is not the number of a participant in Moodle" for student in others]
        return {student: each for student, each in graded.items() if student not in others}

    def _titles(self):
        return self.identifier, self.grade, self.modified

    def _columns(self, header, assignment):
        who, modified = self._column(header, self.identifier), self._column(header, self.modified)
        # a field of the participants' profiles may be called so, too; Moodle imports the last one
        where = (_indices(header, self.grade) or [self._column(header, self.grade)])[-1]
        status = max(_indices(header[:where], self.status), default=-1)
        if _indices(header[status + 1 : where], self.group):
            text = "groups hand in, and downloads have their numbers, not those of participants. Grade them in Moodle"
            raise CannotExport(f"{self.roster}: {text}")
        if _indices(header[where + 1 : where + 2], self.scale):
            text = "the assignment has a scale, for which Moodle takes no points. Set its grade to points in Moodle"
            raise CannotExport(f"{self.roster}: {text}")
        self._maximum, self._changeable = (
            max(_indices(header, title), default=None) for title in (self.maximum, self.changeable)
        )
        return who, where, range(modified)  # Moodle imports the feedback after it

    def _student(self, row, who):
        match = re.search(r"\d+\s*$", row[who]) if any(row) else None
        return match and match[0].strip()

    def _spared(self, row, who):
        return False

    def _refused(self, row, where, score):
        if self._changeable is not None and row[self._changeable].strip().casefold() == self.locked.casefold():
            return "the grade is locked in Moodle"
        most = None if self._maximum is None else number(row[self._maximum])
        return f"Moodle ignores {points(score)} points of {points(most)}" if most is not None and score > most else None

    def _check_points(self, sheet, where, best):
        cells = {row[self._maximum] for row in sheet.rows[1:] if any(row)} if self._maximum is not None else set()
        for cell in sorted(cells):
            if number(cell) not in (None, best):
                self.left_out.append(f"the maximum grade is {cell} in Moodle, {points(best)} here: set it in Moodle")

    def _new(self, assignment, best, graded):
        rows = [[f"{self.participant}{student}", points(each.score), "-"] for student, each in graded.items()]
        return [[self.identifier, self.grade, self.modified], *rows]  # Moodle takes no file without these three


class CanvasExporter(LmsExporter):
    """Canvas's gradebook."""

    column = Unicode(
        help="The assignment in Canvas: its title or number, if the title is not that of the assignment here."
    ).tag(config=True)

    lms = "Canvas"
    source = "Take the file that Canvas exports: Grades, Export, Export Entire Gradebook"
    people = ("Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account")

    def _numbered(self, graded):
        anonymous = [student for student in graded if student.startswith("anon_")]
        if anonymous:
            text = "submissions are anonymous (anon_…), and Canvas takes no grades for them. End that in Canvas, then "
            text += "download, collect and grade them again; or enter the grades by hand"
            self.left_out.append(f"{len(anonymous)} {text}")
        return {student: each for student, each in graded.items() if student not in anonymous}

    def _titles(self):
        return "ID", "Section"

    def _columns(self, header, assignment):
        who, section = (self._column(header, title) for title in self._titles())
        title = re.compile(r"(.*?) *(?:\((\d+)\))?", re.S)
        titles = {index: title.fullmatch(_composed(header[index])) for index in range(section + 1, len(header))}
        asked = _composed(self.column or assignment)
        others = self.column or not any(title[2] for title in titles.values())  # may be meant, not only assignments
        matches = {}
        for index, title in titles.items():
            exactly = asked in (title[0], title[1], title[2])
            if (title[2] or others) and (exactly or _plain(asked) in (_plain(title[0]), _plain(title[1]))):
                matches.setdefault((not title[2], not exactly), []).append(index)
        found = matches[min(matches)] if matches else []
        if len(found) != 1:
            choice = ", ".join(repr(title[0]) for title in titles.values() if title[2]) or "no assignment"
            which = "several columns" if found else "no column"
            raise CannotExport(
                f"{self.roster} has {which} {self.column or assignment!r}, but {choice}. Name one: --column"
            )
        return who, found[0], [i for i, cell in enumerate(header) if cell in (*self.people, "Section")]

    def _student(self, row, who):
        return row[who].strip() if any(row) and row[who].strip().isdecimal() else None

    def _spared(self, row, who):
        # the teacher's own view of the course; names are in one column, or in two
        return ", ".join(cell.strip() for cell in row[:who]) == "Student, Test"

    def _refused(self, row, where, score):
        cell = row[where].strip().upper()
        return {"EX": "is excused in Canvas", "N/A": "is not assigned this in Canvas"}.get(cell)

    def _check_points(self, sheet, where, best):
        who = self._column([cell.strip() for cell in sheet.rows[0]], "ID")
        students = [row for row in sheet.rows[1:] if self._student(row, who) and not self._spared(row, who)]
        if students and all(row[where].strip().upper() == "N/A" for row in students):
            text = "Canvas hides its scores while its grading is anonymous (N/A). End that in Canvas, then export again"
            raise CannotExport(f"{sheet.rows[0][where]!r} in {self.roster}: {text}; or enter the grades by hand")
        for row in sheet.rows[1:]:
            if any("Points Possible" in cell for cell in row[:1]):
                if "read only" in row[where]:
                    column = sheet.rows[0][where]
                    raise CannotExport(f"the column {column!r} is read only in Canvas. Name another: --column")
                if number(row[where]) not in (None, best):
                    there = f"{row[where].strip()} points are possible in Canvas"
                    self.left_out.append(f"{there}, {points(best)} here: set them in Canvas")

    def _new(self, assignment, best, graded):
        rows = [[defused(each.name), defused(student), "", "", points(each.score)] for student, each in graded.items()]
        header = ["Student", "ID", "SIS Login ID", "Section", self.column or assignment]
        return [header, ["    Points Possible", "", "", "", points(best)], *rows]


def _indices(header, title):
    """Where a title is in a header, exactly so or else in any case."""
    exactly = [index for index, cell in enumerate(header) if cell == title]
    return exactly or [index for index, cell in enumerate(header) if cell.casefold() == title.casefold()]


def _plain(title):
    """A title without what people and file names write differently."""
    return re.sub(r"[\W_]+", " ", title).strip().casefold()


def _composed(title):
    """A title with its umlauts whole, which Macs take apart."""
    return unicodedata.normalize("NFC", title).strip()


EXPORTERS = {"moodle": MoodleExporter, "canvas": CanvasExporter}
