"""`gather`: what gradebook and graded notebooks say of a class, as data; `without_names`, for everybody's eyes."""

import glob
import json
import math
import random
import re
import statistics
from collections import Counter
from datetime import datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import NbGraderException

from nbexaminer.grading import read_refusals, refusals, shown
from nbexaminer.mistakes import NOT_IMPLEMENTED, TIMED_OUT, in_kernel, told, unended
from nbexaminer.sanitize import whole_characters

NOT_YET = {"why": "not graded yet", "kind": "not graded yet"}
LOST = "the gradebook has a grade, but the submission and what was graded are gone"


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
            handed_in (a time, or None if it is not known); checks {check: points, or None if a person has yet to give
            them}; not_tried [checks that failed since the answer is not implemented]; mistakes {words: [checks]}, those
            aside; timed_out [cells].
        checks : list of dict
            The hardest first: check, max_score, students (with points or 0), success (mean share of the points),
            separation (see `separation`); students with all the points (passed), students for whom the answer was not
            implemented (not_tried), or it was not done in time (timed_out).
        mistakes : list of dict
            The most common first: mistake (in words), students (how many), checks.
        timed_out : list of dict
            The most common first: cell, students (how many).
        not_graded : list of dict
            student; why; kind, the same without names of people and files; and graded: whether an earlier submission
            of theirs has a grade.
        missing : list of str
            Students of the gradebook who have handed in nothing.

    Raises
    ------
    NbGraderException
        There is no such assignment, or nothing of it is graded.
    """
    assignment = coursedir.assignment_id
    refusal = {
        name: each
        for name, each in read_refusals(refusals(coursedir)).items()
        if each["when"] > _graded_at(_folder(coursedir, name))
    }
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
        refused = {name: refusal.get(name, NOT_YET) for name in handed_in if name in refusal or name not in graded}
        if not graded and not refusal.keys() & refused.keys():
            raise NbGraderException(
                f"Nothing of {assignment!r} is graded yet. First: nbexaminer autograde {assignment}"
            )
        maxima, order = {}, {}
        for name in submissions.keys() - {*graded, *handed_in}:
            refused[name] = {"why": LOST, "kind": LOST}
        students = [_student(submissions[name], _folder(coursedir, name), maxima, order) for name in graded]
    # in the order of the notebooks, which the gradebook does not have
    maxima = {name: maxima[name] for name in sorted(maxima, key=lambda name: order.get(name, len(order)))}
    for student in students:
        student["checks"] = {name: student["checks"].get(name) for name in maxima}
    late_cells = Counter(cell for student in students for cell in student["timed_out"])
    return {
        "assignment": assignment,
        "made": datetime.now().astimezone().isoformat(timespec="minutes"),
        "anonymous": False,
        "max_score": max_score,
        "scores": summary([student["score"] for student in students]),
        "students": students,
        "checks": _checks(students, maxima),
        "mistakes": _mistakes(students, order),
        "timed_out": [{"cell": cell, "students": late_cells[cell]} for cell in _most_common(late_cells)],
        "not_graded": [
            {
                "student": shown(name),
                "why": whole_characters(str(each["why"])),
                "kind": each["kind"],
                "graded": name in graded,
            }
            for name, each in sorted(refused.items(), key=lambda item: item[0])
        ],
        "missing": sorted(map(shown, everybody.difference(graded, handed_in, refused))),
    }


def _folder(coursedir, student):
    return Path(coursedir.format_path(coursedir.autograded_directory, student, coursedir.assignment_id))


def _graded_at(folder):
    """When a submission was graded, as a time stamp; 0 if it was not."""
    return max((path.stat().st_mtime for path in folder.glob("*.ipynb")), default=0)


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
    checks, mistakes, not_tried, timed_out, seconds = {}, {}, [], [], []
    several = len(submission.notebooks) > 1
    for notebook in sorted(submission.notebooks, key=lambda notebook: notebook.name):
        prefix = f"{notebook.name}/" if several else ""
        for grade in notebook.grades:
            if grade.max_score:
                maxima[prefix + grade.name] = grade.max_score
                pending = grade.auto_score is None and grade.manual_score is None
                checks[prefix + grade.name] = None if pending else grade.score
        content = _read(folder / f"{notebook.name}.ipynb")
        if content["cells"]:
            seconds.append(_seconds(content["metadata"].get("nbexaminer")))
        for cell in content["cells"]:
            nbgrader = cell["metadata"].get("nbgrader", {})
            name = nbgrader.get("grade_id")
            name = prefix + name if isinstance(name, str) else "a cell of the student's own"
            order.setdefault(name, len(order))
            errors = [output for output in cell.get("outputs", []) if output["output_type"] == "error"]
            if unended(cell):
                timed_out.append(name)
            if nbgrader.get("grade") and not nbgrader.get("solution"):
                said = dict.fromkeys(words for error in errors for words in _mistakes_of(error))
                made = [words for words in said if not words.endswith(NOT_IMPLEMENTED)]
                if said and not made:
                    not_tried.append(name)
                for words in made:
                    mistakes.setdefault(words, []).append(name)
    return {
        "student": shown(submission.student_id),
        "score": max(0, raw - penalty),
        "raw_score": raw,
        "max_score": submission.max_score,
        "late_submission_penalty": penalty,
        "total_seconds_late": submission.total_seconds_late,
        "handed_in": submission.timestamp and submission.timestamp.isoformat(timespec="seconds"),
        "needs_manual_grade": bool(submission.needs_manual_grade),
        "seconds": None if None in seconds or not seconds else sum(seconds),
        "checks": checks,
        "not_tried": not_tried,
        "mistakes": mistakes,
        "timed_out": list(dict.fromkeys(timed_out)),
    }


def _mistakes_of(error):
    """What is common to all who make the mistakes that an error output of a test cell tells of."""
    if told(error):
        return [whole_characters(line) for line in error["evalue"].splitlines()]
    return [] if error["ename"] == TIMED_OUT else [in_kernel(error["ename"])]


def _seconds(kept):
    """How long grading took, of what a notebook's metadata keep: nbgrader leaves there what students write."""
    seconds = kept.get("seconds") if isinstance(kept, dict) else None
    known = type(seconds) in (int, float) and math.isfinite(seconds) and seconds >= 0
    return seconds if known else None


def _read(path):
    """A graded notebook as plain data, which for a class is much faster than as nbformat's."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):  # was not handed in
        return {"metadata": {}, "cells": []}


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
    # what is not graded by hand for everybody yet would say who is graded, not who is strong
    complete = [name for name in maxima if all(student["checks"][name] is not None for student in students)]
    found = []
    for name, most in maxima.items():
        having = [student["checks"] for student in students if student["checks"][name] is not None]
        points = [checks[name] for checks in having]
        # rounded, as sums of the same points in another order are not the same
        others = [round(sum(checks[other] for other in complete if other != name), 6) for checks in having]
        check = {"check": name, "max_score": most, "students": len(points)}
        check["success"] = statistics.fmean(points) / most if points else None
        check["separation"] = separation(points, others)
        check["passed"] = sum(value >= most for value in points)
        for fate in ("not_tried", "timed_out"):
            check[fate] = sum(name in student[fate] for student in students)
        found.append(check)
    return sorted(found, key=lambda check: (check["success"] is None, check["success"]))


def _mistakes(students, order):
    counts, checks = Counter(), {}
    for student in students:
        for words, names in student["mistakes"].items():
            counts[words] += 1
            checks.setdefault(words, set()).update(names)
    return [
        {"mistake": words, "students": counts[words], "checks": sorted(checks[words], key=order.get)}
        for words in _most_common(counts)
    ]


def _most_common(counts):
    """What was counted, the most common first, and then by words: the order of students would tell who they are."""
    return sorted(counts, key=lambda words: (-counts[words], words))


def without_names(record):
    """What `gather` gives, without the names of students; their numbers follow their scores, then chance."""
    students = random.sample(record["students"], len(record["students"]))
    students.sort(key=lambda student: -student["score"])
    names = [student["student"] for student in students]
    names += sorted({each["student"] for each in record["not_graded"]}.difference(names), key=lambda _: random.random())
    names += random.sample(record["missing"], len(record["missing"]))
    numbers = {name: f"student {number:0{len(str(len(names)))}}" for number, name in enumerate(names, 1)}
    not_graded = [each | {"student": numbers[each["student"]], "why": each["kind"]} for each in record["not_graded"]]
    return record | {
        "anonymous": True,
        "students": [student | {"student": numbers[student["student"]]} for student in students],
        "not_graded": sorted(not_graded, key=lambda each: each["student"]),
        "missing": [numbers[name] for name in record["missing"]],
    }
