"""The command ``nbexaminer``. ``nbexaminer autograde`` is ``nbgrader autograde`` for classes as they are.

One submission that cannot be graded is one line, never the end of the run; the class is a table at the end.
"""

import fnmatch
import glob
import logging
import os
import re
import shutil
import stat
import sys
import warnings
from collections import defaultdict
from pathlib import Path

from nbconvert.exporters import Exporter
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import autogradeapp
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.utils import parse_utc
from sqlalchemy.exc import OperationalError, SAWarning
from traitlets import Dict, Type, default
from traitlets.config import Application

from nbexaminer import __version__
from nbexaminer.examine import Examine
from nbexaminer.mend import LenientExporter, Mend, NotANotebook, read
from nbexaminer.room import RoomError, check_rooms
from nbexaminer.sanitize import Sanitize

# of these nbgrader's patterns for files, its web pages, its database or a terminal make something else than a name
BAD_IN_NAMES = re.compile(r"[*?\[\]<>\"\\\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class NotGradable(Exception):
    """Why a submission cannot be graded and what to do, in one line."""


class Grading(Autograde):
    """nbgrader's Autograde, with nbexaminer's steps put in, that grades what can be graded and remembers the rest."""

    exporter_class = Type(LenientExporter, klass=Exporter).tag(config=True)

    @default("sanitize_preprocessors")
    def _sanitize_preprocessors_default(self):
        return [Mend, *Autograde().sanitize_preprocessors]

    @default("autograde_preprocessors")
    def _autograde_preprocessors_default(self):
        _, *others = Autograde().autograde_preprocessors  # the first is Execute
        return [Examine, Sanitize, *others]

    def init_notebooks(self):
        """Find the submissions, and those that cannot be graded."""
        self.assignments, self.graded, self.not_graded, self.remarks = {}, [], {}, defaultdict(list)
        assignment = self.coursedir.assignment_id
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                names = {notebook.name for notebook in gradebook.find_assignment(assignment).notebooks}
            except MissingEntry:
                names = set()
        names = {f"{name}.ipynb" for name in names if fnmatch.fnmatchcase(name, self.coursedir.notebook_id)}
        if not names:
            raise NbGraderException(
                f"The gradebook has no notebook of {assignment!r}. First: nbgrader generate_assignment {assignment!r}"
            )
        pattern = self._format_source(assignment, self.coursedir.student_id)
        folders = sorted(glob.glob(pattern))
        if not folders:
            raise NbGraderException(f"There are no submissions: nothing matches {pattern}")
        excluded = self.coursedir.student_id_exclude.split(",") if self.coursedir.student_id_exclude else []
        for folder in folders:
            student = self.student(folder)
            if student not in excluded:
                try:
                    self.assignments[folder] = self.check(Path(folder), student, names)
                except NotGradable as problem:
                    self.refuse(student, str(problem))

    def student(self, folder):
        """Whose submission a folder is."""
        pattern = self._format_source(re.escape(self.coursedir.assignment_id), "(?P<student>.*)", escape=True)
        return re.fullmatch(pattern, folder, re.S)["student"]

    def check(self, folder, student, names):
        """The notebooks to grade in a submission, or NotGradable."""
        bad = BAD_IN_NAMES.search(student)
        if bad:
            raise NotGradable(f"the folder's name has the character {bad[0]!a} in it. Rename the folder.")
        if not folder.is_dir():
            raise NotGradable(f"{folder.name} is not a folder. Put the notebook into a folder of that name.")
        for where, folders, files in os.walk(folder):
            for path in (Path(where, name) for name in folders + files):
                self._check_file(path, folder)
        self._check_timestamp(folder / "timestamp.txt")
        found = sorted(name for name in names if (folder / name).exists())
        missing = sorted(names - set(found))
        if not found:
            others = sorted(path.name for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
            instead = f"there is {others[0]!a}: rename it if that is the one" if others else "ask for it"
            raise NotGradable(f"no {missing[0]}; {instead}.")
        for name in found:
            try:
                read(folder / name)
            except NotANotebook as problem:
                raise NotGradable(f"{name} {problem}") from problem
        if missing:
            self.remarks[student].append(f"no {', '.join(missing)}: no points for it")
        return [str(folder / name) for name in found]

    def _check_file(self, path, folder):
        """nbgrader copies all files, and what links point to, to where the student's code can read it."""
        name = ascii(str(path.relative_to(folder)))[1:-1]
        try:
            outside = not path.resolve(strict=True).is_relative_to(folder.resolve())
            mode = path.stat().st_mode
        except (OSError, RuntimeError):  # a link to nowhere, or to itself
            outside, mode = True, 0
        if path.is_symlink() and outside:
            raise NotGradable(f"{name} is a link out of the submission. Ask for the file itself.")
        if path.suffix == ".ipynb" and stat.S_ISDIR(mode):
            raise NotGradable(f"{name} is a folder, not a notebook. Ask for the file.")
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise NotGradable(f"{name} is not an ordinary file. Remove it.")
        if not os.access(path, os.R_OK | (os.X_OK if stat.S_ISDIR(mode) else 0)):
            raise NotGradable(f"{name} may not be read. Correct its permissions.")

    def _check_timestamp(self, path):
        if path.exists():
            try:
                text = path.read_text().strip()
                _ = text and parse_utc(text)
            except (OSError, ValueError, OverflowError) as error:
                raise NotGradable(f"{path.name} does not hold a time. Correct or remove it.") from error

    def convert_notebooks(self):
        """Grade one submission after the other."""
        assignment = self.coursedir.assignment_id
        for number, folder in enumerate(sorted(self.assignments), 1):
            student, self.notebooks = self.student(folder), self.assignments[folder]
            if self.log.getEffectiveLevel() <= logging.WARNING:
                print(f"{number} of {len(self.assignments)} {student} ...", flush=True)
            try:
                self._grade(assignment, student)
            except OperationalError:
                self._undo(assignment, student)
                raise
            except Exception as error:
                self._undo(assignment, student)
                self.log.debug("%s: %s", student, folder, exc_info=True)
                text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
                self.refuse(student, f"{text}. Run again with --debug to see where.")
            except BaseException:
                self._undo(assignment, student)
                raise

    def _grade(self, assignment, student):
        dest = Path(self._format_dest(assignment, student))
        mark = dest.with_name(f".{dest.name}.unfinished")  # of a grader that was killed, so that the next begins anew
        if mark.exists():
            self._undo(assignment, student)
        self.graded.append(student)
        if not self.init_destination(assignment, student):
            self.remarks[student].append("was graded before (--force grades it anew)")
            return
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
        self.run_pre_convert_hook()
        self.init_assignment(assignment, student)
        for notebook in self.notebooks:
            self.convert_single_notebook(notebook)
        self.set_permissions(assignment, student)
        mark.unlink()
        self.run_post_convert_hook()

    def _undo(self, assignment, student):
        """Remove a half-made folder: a run skips what is in autograded/ already."""
        dest = Path(self._format_dest(assignment, student))
        if self.coursedir.notebook_id == "*":
            shutil.rmtree(dest, ignore_errors=True)
        else:
            for notebook in self.notebooks:
                (dest / Path(notebook).name).unlink(missing_ok=True)
        dest.with_name(f".{dest.name}.unfinished").unlink(missing_ok=True)

    def write_single_notebook(self, output, resources):
        submission = resources["nbgrader"]
        self.remarks[submission["student"]] += submission.get("remarks", [])
        super().write_single_notebook(output, resources)

    def refuse(self, student, why):
        self.graded = [other for other in self.graded if other != student]
        self.not_graded[student] = why
        self.log.error("%s: %s", _shown(student), why)

    def report(self):
        """The class as a table, then who was not graded and what to do."""
        rows = []
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            for student in self.graded:
                submission, remarks = gradebook.find_submission(self.coursedir.assignment_id, student), []
                if submission.needs_manual_grade:
                    remarks.append("needs manual grading")
                score = f"{submission.score:g} of {submission.max_score:g}"
                rows.append((student, score, "; ".join(self.remarks[student] + remarks)))
        lines = []
        if rows:
            rows = [("student", "score", "remarks"), *rows]
            first, second = (min(40, max(len(row[column]) for row in rows)) for column in (0, 1))
            lines += [f"{student:{first}}  {score:>{second}}  {remarks}".rstrip() for student, score, remarks in rows]
        if self.not_graded:
            lines += ["", "not graded:", *(f"  {_shown(who)}: {why}" for who, why in self.not_graded.items())]
        return "\n".join(lines)


def _shown(student):
    """A student's name on a line of its own, whatever is in it."""
    return ascii(student) if BAD_IN_NAMES.search(student) else student


class AutogradeApp(autogradeapp.AutogradeApp):
    """``nbexaminer autograde``: all flags, aliases and settings of ``nbgrader autograde``."""

    name = "nbexaminer-autograde"
    description = "Grade the submissions of an assignment, student code in rooms, tests outside of them"
    version = __version__
    aliases = autogradeapp.AutogradeApp.aliases | {"isolation": "Examine.isolation"}
    examples = autogradeapp.AutogradeApp.examples.replace("nbgrader autograde", "nbexaminer autograde")

    @default("log_level")
    def _log_level_default(self):
        return logging.WARNING  # what nbgrader says at INFO, a dozen lines a submission, hides what matters

    @default("classes")
    def _classes_default(self):
        return [*super()._classes_default(), Grading, Examine, Mend, Sanitize]

    def initialize(self, argv=None, root=""):
        super().initialize(argv, root)
        if self.logfile:  # takes everything, above all the tracebacks that the terminal is spared
            self.log.setLevel(logging.DEBUG)
            for handler in self.log.handlers:
                if isinstance(handler, logging.FileHandler):
                    handler.setLevel(logging.DEBUG)

    def start(self):
        NbGrader.start(self)
        warnings.simplefilter("ignore", SAWarning)  # of the way nbgrader uses its database
        names = {*self.extra_args, self.coursedir.assignment_id} - {""}
        if len(names) != 1:
            self.stop("Name one assignment, as an argument or with --assignment.")
        self.coursedir.assignment_id = names.pop()
        grading = Grading(coursedir=self.coursedir, parent=self)
        try:
            if Examine(parent=grading).isolation != "none":
                check_rooms()
            grading.start()
        except (RoomError, NbGraderException) as error:
            self.stop(str(error))
        except OperationalError as error:
            self.log.debug("", exc_info=True)
            self.stop(f"The gradebook cannot be used ({error.orig}). If nbgrader is newer, run `nbgrader db upgrade`.")
        print(grading.report())
        sys.exit(1 if grading.not_graded else 0)

    def stop(self, message):
        """End before anything else is graded."""
        self.log.error(message)
        sys.exit(2)


class NbExaminer(Application):
    """The command line: ``nbexaminer SUBCOMMAND``."""

    name = "nbexaminer"
    description = "Grade the notebooks of nbgrader courses: isolated, fair, and no submission ends the run."
    version = __version__
    subcommands = Dict({"autograde": (AutogradeApp, AutogradeApp.description)})

    def start(self):
        if self.subapp is None:
            self.print_help()
            sys.exit(2)
        self.subapp.start()


main = NbExaminer.launch_instance
