"""`Report`: what gradebook and graded notebooks say of a class, as data, as a table and as a page to look at.

The page is a notebook, templates/report.ipynb or an instructor's own, that reads the data (see `page`), is executed in
a kernel of its own and then rendered without its code.
"""

import builtins
import csv
import glob
import json
import os
import random
import re
import statistics
from collections import Counter
from datetime import datetime
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import NbGraderException
from traitlets import Bool, Integer, Unicode
from traitlets.config import Config, LoggingConfigurable

from nbexaminer.folders import run_folder
from nbexaminer.grading import read_refusals, refusals, shown
from nbexaminer.page import DATA
from nbexaminer.progress import say

TEMPLATES = Path(__file__).parent / "templates"
TEMPLATE = TEMPLATES / "report.ipynb"


class Report(LoggingConfigurable):
    """Report on an assignment's class: a page, and its data as JSON and CSV beside it.

    Parameters
    ----------
    coursedir : nbgrader.coursedir.CourseDirectory
        With the assignment's name in it.
    """

    to = Unicode(help="The page's file; its data go beside it. Default: report/ASSIGNMENT.html").tag(config=True)
    anonymous = Bool(help="Leave out the students' names.").tag(config=True)
    template = Unicode(
        str(TEMPLATE), help="The notebook that makes the page. For one of your own, start with a copy of this one."
    ).tag(config=True)
    timeout = Integer(120, help="Seconds that a cell of the template may take.").tag(config=True)

    def __init__(self, coursedir, **kwargs):
        super().__init__(**kwargs)
        self.coursedir = coursedir

    def start(self):
        """Write the page and its data.

        Returns
        -------
        list of Path
            What was written.

        Raises
        ------
        NbGraderException
            There is nothing to report on, or the template does not run.
        OSError
            A file cannot be written.
        sqlalchemy.exc.OperationalError
            The database cannot be used.
        """
        template = self._template()
        record = gather(self.coursedir)
        if self.anonymous:
            record = without_names(record)
        root = Path(self.coursedir.root)
        page = Path(self.to) if self.to else root / "report" / f"{self.coursedir.assignment_id}.html"
        data, table = page.with_name(f"{page.stem}.json"), page.with_name(f"{page.stem}.csv")
        if page in (data, table):
            raise NbGraderException(f"--to names the page, {page.stem}.html; its data go beside it.")
        say(f"{len(record['students'])} graded, {len(record['not_graded'])} not graded; the page is being made …")
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        notebook = self._execute(template, text)
        # all three or none: one without names beside an older one with them would tell who is who
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(render(notebook, f"{record['assignment']}: the class"), encoding="utf-8")
        data.write_text(text, encoding="utf-8")
        write_table(record, table)
        return [page, data, table]

    def _template(self):
        try:
            return nbformat.read(self.template, as_version=4)
        except FileNotFoundError:
            text = f"There is no template {self.template}. Start with a copy of {TEMPLATE}"
            raise NbGraderException(text) from None
        except OSError as error:
            raise NbGraderException(f"{self.template} cannot be read ({error.strerror}).") from error
        except (ValueError, AttributeError, nbformat.ValidationError) as error:
            raise NbGraderException(f"{self.template} is no notebook ({type(error).__name__}).") from error

    def _execute(self, notebook, text):
        """The template with outputs, made of the data, which are JSON."""
        try:
            with run_folder() as folder:
                data = folder / "data.json"
                data.write_text(text, encoding="utf-8")
                # ipc, as tcp is open to all users of this machine
                kernel = {"transport": "ipc", "connection_file": str(folder / "kernel.json")}
                client = NotebookClient(
                    notebook,
                    config=Config(KernelManager=kernel),
                    kernel_name="python3",  # for jupyter_client, the Python that runs this
                    timeout=self.timeout,
                    shutdown_kernel="immediate",
                    resources={"metadata": {"path": self.coursedir.root}},
                )
                notebook = client.execute(env=os.environ | {DATA: str(data)})
        except CellExecutionError as error:
            self.log.debug("%s", error)
            text = f"{Path(self.template).name} does not run: {error.ename}: {error.evalue}"
            raise NbGraderException(f"{' '.join(text.split())[:300]} (--debug tells where)") from error
        except (CellTimeoutError, DeadKernelError) as error:
            text = " ".join(str(error).split())[:200]
            raise NbGraderException(f"{Path(self.template).name} does not run: {text}") from error
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        pictures = [output for output in outputs if "image/png" in output.get("data", {})]
        silent = sum(not output.metadata.get("image/png", {}).get("alt") for output in pictures)
        if silent:
            self.log.warning(
                "%d pictures have no words for those who do not see them: use nbexaminer.page.picture.", silent
            )
        return notebook


def gather(coursedir):
    """All that is known of a class and an assignment.

    Parameters
    ----------
    coursedir : nbgrader.coursedir.CourseDirectory
        With the assignment's name in it.

    Returns
    -------
    dict
        Plain data:

        assignment, made : str
            The assignment's name, and when this was gathered.
        anonymous : bool
        max_score : float
        scores : dict
            students, mean, median, deviation (None for fewer than two), lowest, highest of the graded.
        students : list of dict
            Those with a grade: student; score, raw_score (before the penalty), max_score, late_submission_penalty,
            total_seconds_late, needs_manual_grade, all as nbgrader has them; seconds (that grading took, or None);
            checks {check: points, or None if a person has yet to give them}; mistakes {words: [checks]}; timed_out
            [cells].
        checks : list of dict
            The hardest first: check, max_score, students (with points or 0), success (mean share of the points),
            separation (see `separation`), timed_out (students for whom it was not done in time).
        mistakes : list of dict
            The most common first: mistake (in words), students (how many), checks.
        timed_out : list of dict
            The most common first: cell, students (how many).
        not_graded : list of dict
            student, why, and graded: whether an earlier submission of theirs has a grade.
        missing : list of str
            Students of the gradebook who have handed in nothing.

    Raises
    ------
    NbGraderException
        There is no such assignment, or nothing of it is graded.
    """
    assignment, refusal = coursedir.assignment_id, read_refusals(refusals(coursedir))
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            max_score = gradebook.find_assignment(assignment).max_score
        except MissingEntry:
            others = ", ".join(sorted(each.name for each in gradebook.assignments)) or "none"
            raise NbGraderException(f"The gradebook has no assignment {assignment!r}, but: {others}.") from None
        everybody = {student.id for student in gradebook.students}
        submissions = {each.student_id: each for each in gradebook.assignment_submissions(assignment)}
        graded = sorted(name for name in submissions if _folder(coursedir, name).is_dir())
        handed_in = _handed_in(coursedir)
        refused = {
            name: refusal.get(name, "not graded yet") for name in handed_in if name in refusal or name not in graded
        }
        if not graded and not refusal.keys() & refused.keys():
            raise NbGraderException(
                f"Nothing of {assignment!r} is graded yet. First: nbexaminer autograde {assignment}"
            )
        maxima, order = {}, {}
        students = [_student(submissions[name], _folder(coursedir, name), maxima, order) for name in graded]
    # in the order of the notebooks, which the gradebook does not have
    maxima = {name: maxima[name] for name in sorted(maxima, key=lambda name: order.get(name, len(order)))}
    for student in students:
        student["checks"] = {name: student["checks"].get(name) for name in maxima}
    return {
        "assignment": assignment,
        "made": datetime.now().astimezone().isoformat(timespec="minutes"),
        "anonymous": False,
        "max_score": max_score,
        "scores": summary([student["score"] for student in students]),
        "students": students,
        "checks": _checks(students, maxima),
        "mistakes": _mistakes(students),
        "timed_out": [
            {"cell": cell, "students": count}
            for cell, count in Counter(cell for student in students for cell in student["timed_out"]).most_common()
        ],
        "not_graded": [
            {"student": shown(name), "why": _text(why), "graded": name in graded}
            for name, why in sorted(refused.items())
        ],
        "missing": sorted(map(shown, everybody.difference(graded, handed_in))),
    }


def _folder(coursedir, student):
    return Path(coursedir.format_path(coursedir.autograded_directory, student, coursedir.assignment_id))


def _handed_in(coursedir):
    """The students with a submission."""
    where, assignment = coursedir.submitted_directory, coursedir.assignment_id
    named = coursedir.format_path(where, "(?P<student>.*)", re.escape(assignment), escape=True)
    folders = glob.glob(coursedir.format_path(where, "*", assignment))
    excluded = coursedir.student_id_exclude.split(",")
    return {re.fullmatch(named, folder, re.S)["student"] for folder in folders}.difference(excluded)


def _student(submission, folder, maxima, order):
    """What `gather` says of a student. {check: its points} and the order of the cells are added to the last two."""
    penalty, raw = submission.late_submission_penalty or 0, submission.score
    checks, mistakes, timed_out, seconds = {}, {}, [], []
    several = len(submission.notebooks) > 1
    for notebook in sorted(submission.notebooks, key=lambda notebook: notebook.name):
        prefix = f"{notebook.name}/" if several else ""
        for grade in notebook.grades:
            if grade.max_score:
                maxima[prefix + grade.name] = grade.max_score
                pending = grade.auto_score is None and grade.manual_score is None
                checks[prefix + grade.name] = None if pending else grade.score
        content = _read(folder / f"{notebook.name}.ipynb")
        seconds.append(_seconds(content["metadata"].get("nbexaminer")))
        for cell in content["cells"]:
            nbgrader = cell["metadata"].get("nbgrader", {})
            name = nbgrader.get("grade_id")
            name = prefix + name if isinstance(name, str) else "a cell of the student's own"
            order.setdefault(name, len(order))
            outputs = [output for output in cell.get("outputs", []) if output["output_type"] == "error"]
            lines = [line for output in outputs for line in output["traceback"]]
            if any(output["ename"] == "CellTimeoutError" for output in outputs) or any(map(ENDLESS.search, lines)):
                timed_out.append(name)
            if nbgrader.get("grade") and not nbgrader.get("solution"):
                for line in lines:
                    if line.startswith("✗ "):
                        words = mistake(line[2:], "".join(cell["source"]))
                        if name not in mistakes.setdefault(words, []):
                            mistakes[words].append(name)
    return {
        "student": shown(submission.student_id),
        "score": max(0, raw - penalty),
        "raw_score": raw,
        "max_score": submission.max_score,
        "late_submission_penalty": penalty,
        "total_seconds_late": submission.total_seconds_late,
        "needs_manual_grade": bool(submission.needs_manual_grade),
        "seconds": None if None in seconds else sum(seconds),
        "checks": checks,
        "mistakes": mistakes,
        "timed_out": list(dict.fromkeys(timed_out)),
    }


def _seconds(kept):
    """How long grading took, of what a notebook's metadata keep: nbgrader leaves there what students write."""
    seconds = kept.get("seconds") if isinstance(kept, dict) else None
    return seconds if isinstance(seconds, int | float) else None


def _read(path):
    """A graded notebook as plain data, which for a class is much faster than as nbformat's."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):  # was not handed in
        return {"metadata": {}, "cells": []}


ENDLESS = re.compile(
    r"gave no answer within [\d.e+]+ seconds|^✗ The checks of this cell took longer than "
    r"|The kernel died or stopped answering while this cell ran"
)
"""What is said of a cell that was not done in time."""

KINDS = {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)}


def mistake(message, test):
    """A failed check in words that are the same for all who make the mistake, and none of them a student's.

    Parameters
    ----------
    message : str
        What the student was told, see `testcell.describe`.
    test : str
        The test cell: names that are in there are the instructor's.

    >>> mistake("ValueError in your line `dA1 = dZ2 @ w2`: matmul: mismatch", "")
    "ValueError in the student's code."
    """
    kind, where, _ = message.partition(" in your line `")
    known = re.match(r"(\w+)[:.]", message)
    if where or (known and (known[1] in KINDS or known[1] not in test)):
        kind = kind if where else known[1]
        return f"{kind if kind in KINDS else 'An exception'} in the student's code."
    if match := re.fullmatch(r"(.*) is not implemented yet\.", message, re.S):
        return f"{match[1] if match[1] in test else 'A function'} is not implemented yet."
    if match := re.match(r"What your code returned cannot be used as the task says \((\w+)", message):
        return f"What the code returned cannot be used as the task says ({match[1]})."
    message = re.sub(
        r"gives .*, where plain data is expected", "gives something else, where plain data is expected", message
    )
    message = re.sub(r"^the answer of (\w+) was .*", r"the answer of \1 was not valid.", message, flags=re.S)
    return _text(re.sub(r"\b\d+ of (\d+)\b", r"some of \1", message)[:400])


def _text(text):
    """Text that a file can hold: half of a surrogate pair is none."""
    return str(text).encode("utf-8", "replace").decode()


def summary(scores):
    """What `gather` says of the scores."""
    several = len(scores) > 1
    return {
        "students": len(scores),
        "mean": statistics.fmean(scores) if scores else None,
        "median": statistics.median(scores) if scores else None,
        "deviation": statistics.stdev(scores) if several else None,
        "lowest": min(scores, default=None),
        "highest": max(scores, default=None),
    }


def separation(points, others):
    """How well a check separates strong from weak students: the point-biserial correlation.

    It is the ordinary correlation of having the points (or a share of them) with the points of all other checks. The
    check's own are left out, or every check would seem to separate, most of all where there are few.

    Parameters
    ----------
    points, others : list of float
        Of each student, for the check and for the others.

    Returns
    -------
    float or None
        From -1 to 1; None where it does not exist: one student, all with the same points.
    """
    try:
        return statistics.correlation(points, others)
    except statistics.StatisticsError:
        return None


def _checks(students, maxima):
    found = []
    for name, most in maxima.items():
        having = [student["checks"] for student in students if student["checks"][name] is not None]
        points = [checks[name] for checks in having]
        others = [sum(value or 0 for other, value in checks.items() if other != name) for checks in having]
        check = {"check": name, "max_score": most, "students": len(points)}
        check["success"] = statistics.fmean(points) / most if points else None
        check["separation"] = separation(points, others)
        check["timed_out"] = sum(name in student["timed_out"] for student in students)
        found.append(check)
    return sorted(found, key=lambda check: (check["success"] is None, check["success"]))


def _mistakes(students):
    counts, checks = Counter(), {}
    for student in students:
        for words, names in student["mistakes"].items():
            counts[words] += 1
            checks.setdefault(words, {}).update(dict.fromkeys(names))
    return [
        {"mistake": words, "students": count, "checks": list(checks[words])} for words, count in counts.most_common()
    ]


REASONS = {
    "rename it if that is the one": "the notebook has another name",
    "no such student": "not in the gradebook",
    "no ": "the notebook is missing",
    "breaks off": "the notebook's file breaks off",
    "link out of": "a link out of the submission",
    "not an ordinary file": "a file that is not an ordinary one",
    "may not be read": "a file that may not be read",
    "does not hold a time": "timestamp.txt does not hold a time",
    "too large": "too large",
    "Rename the folder": "the folder's name has a character that cannot be used",
    "not a folder": "no folder",
    "worker process": "worker processes failed",
    "cannot be written": "the graded files cannot be written",
    "not graded yet": "not graded yet",
}
"""{what is in a message: why someone was not graded, without names of files, which students like to put theirs into}"""


def without_names(record):
    """What `gather` gives, without the names of students; their numbers follow their scores, then chance."""
    students = random.sample(record["students"], len(record["students"]))
    students.sort(key=lambda student: -student["score"])
    names = [student["student"] for student in students]
    names += sorted({each["student"] for each in record["not_graded"]}.difference(names), key=lambda _: random.random())
    names += random.sample(record["missing"], len(record["missing"]))
    numbers = {name: f"student {number:0{len(str(len(names)))}}" for number, name in enumerate(names, 1)}
    not_graded = [
        each | {"student": numbers[each["student"]], "why": _reason(each["why"])} for each in record["not_graded"]
    ]
    return record | {
        "anonymous": True,
        "students": [student | {"student": numbers[student["student"]]} for student in students],
        "not_graded": sorted(not_graded, key=lambda each: each["student"]),
        "missing": [numbers[name] for name in record["missing"]],
    }


def _reason(why):
    return next((reason for part, reason in REASONS.items() if part in why), "the notebook's file is damaged")


def write_table(record, path):
    """Write a CSV with one row a student: scores as nbgrader has them, then the points of each check."""
    columns = ["score", "raw_score", "max_score", "late_submission_penalty", "total_seconds_late"]
    columns += ["needs_manual_grade", "seconds"]
    checks = list(record["students"][0]["checks"]) if record["students"] else []
    whys = {each["student"]: each["why"] for each in record["not_graded"]}
    rows = []
    for student in record["students"]:
        name = student["student"]
        values = [student[column] for column in columns]
        rows.append([name, "graded", *values, whys.pop(name, ""), *student["checks"].values()])
    empty = [""] * len(columns)
    rows += [[student, "not graded", *empty, why] for student, why in whys.items()]
    rows += [[student, "missing", *empty, "nothing was handed in"] for student in record["missing"]]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["student", "state", *columns, "not_graded", *checks])
        table.writerows([_no_formula(value) for value in row] for row in rows)


def _no_formula(value):
    """Spreadsheets run text that begins like a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def render(notebook, title):
    """An executed notebook as a page: without code and scripts, with all that it shows inside.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    title : str

    Returns
    -------
    str
    """
    exporter = HTMLExporter(template_name="basic", template_file=str(TEMPLATES / "page.html.j2"))
    exporter.exclude_input = exporter.exclude_output_prompt = exporter.exclude_anchor_links = True
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
    return page
