"""The command ``nbexaminer``. ``nbexaminer autograde`` is ``nbgrader autograde`` for classes as they are.

One submission that cannot be graded is one line, never the end of the run; the class is a table at the end, and with
``nbexaminer report`` a page. ``nbexaminer export`` is ``nbgrader export`` for Moodle and Canvas.
"""

from nbexaminer import lean  # noqa: F401  # isort: skip - before anything else

import logging
import os
import sys
import warnings

from nbgrader.apps import autogradeapp, exportapp
from nbgrader.apps.baseapp import NbGrader, nbgrader_aliases, nbgrader_flags
from nbgrader.converters import NbGraderException
from sqlalchemy.exc import DatabaseError, SAWarning
from traitlets import Dict, Enum, TraitError, default
from traitlets.config import Application, Config

from nbexaminer import __version__
from nbexaminer.examine import Examine
from nbexaminer.export import EXPORTERS, LmsExporter
from nbexaminer.grading import Grading
from nbexaminer.mend import Mend
from nbexaminer.progress import say
from nbexaminer.provisioner import RoomProvisioner
from nbexaminer.report import Report
from nbexaminer.room import Room, RoomError
from nbexaminer.sanitize import Sanitize


class Command(NbGrader):
    """What the commands have in common: what stops them is a line that says what to do, and the exit status 2."""

    upgrade = "If nbgrader is newer, run `nbgrader db upgrade`."

    @default("log_level")
    def _log_level_default(self):
        return logging.WARNING  # what nbgrader says at INFO, a dozen lines a submission, hides what matters

    def initialize(self, argv=None, root=""):
        self.raise_config_file_errors = True  # without its settings a course would be dealt with in another way
        try:
            super().initialize(argv, root)
        except Exception as error:
            self.log.debug("", exc_info=True)
            text = f"The course's settings cannot be read ({type(error).__name__}: {error}). Mend nbgrader_config.py."
            self.stop(text)

    def start(self):
        NbGrader.start(self)
        warnings.simplefilter("ignore", SAWarning)  # of the way nbgrader uses its database
        try:
            self.run()
        except (RoomError, NbGraderException, TraitError) as error:
            self.stop(str(error))
        except DatabaseError as error:
            self.log.debug("", exc_info=True)
            self.stop(f"The gradebook cannot be used ({error.orig}). {self.upgrade}")

    def run(self):
        """Do what the command is for."""
        raise NotImplementedError

    def stop(self, message):
        """End before anything else is done."""
        self.log.error(message)
        sys.exit(2)

    def name_assignment(self):
        """Take the assignment's name from the command line."""
        names = {*self.extra_args, self.coursedir.assignment_id} - {""}
        if len(names) != 1:
            self.stop("Name one assignment, as an argument or with --assignment.")
        self.coursedir.assignment_id = names.pop()


class AutogradeApp(Command, autogradeapp.AutogradeApp):
    """``nbexaminer autograde``: all flags, aliases and settings of ``nbgrader autograde``."""

    name = "nbexaminer-autograde"
    description = "Grade the submissions of an assignment, student code in rooms, tests outside of them"
    version = __version__
    aliases = autogradeapp.AutogradeApp.aliases | {
        "isolation": "Examine.isolation",
        ("j", "jobs"): "Grading.jobs",
        "scheduler": "Grading.scheduler",
    }
    examples = autogradeapp.AutogradeApp.examples.replace("nbgrader autograde", "nbexaminer autograde")
    upgrade = f"{Command.upgrade} What is graded is kept."

    @default("classes")
    def _classes_default(self):
        return [*super()._classes_default(), Grading, Examine, Mend, Sanitize, Room, RoomProvisioner]

    def initialize(self, argv=None, root=""):
        super().initialize(argv, root)
        if self.logfile:  # takes everything, above all the tracebacks that the terminal is spared
            self.log.setLevel(logging.DEBUG)
            for handler in self.log.handlers:
                if isinstance(handler, logging.FileHandler):
                    handler.setLevel(logging.DEBUG)

    def run(self):
        self.name_assignment()
        grading = Grading(coursedir=self.coursedir, parent=self)
        try:
            grading.start()
        except KeyboardInterrupt:  # the second
            sys.exit(130)
        say(grading.report())
        sys.exit(130 if grading.left else 1 if grading.not_graded else 0)


class ReportApp(Command):
    """``nbexaminer report``: a page about a class."""

    name = "nbexaminer-report"
    description = "Make a page about the class and an assignment: scores, checks, common mistakes; and its data"
    version = __version__
    aliases = {name: nbgrader_aliases[name] for name in ("log-level", "assignment", "db", "course-dir")} | {
        "course": "CourseDirectory.course_id",
        "to": "Report.to",
        "template": "Report.template",
    }
    flags = nbgrader_flags | {"anonymous": ({"Report": {"anonymous": True}}, "Leave out the students' names.")}
    examples = """
        The page, and beside it its data as .json and .csv:

            nbexaminer report ps1
            nbexaminer report ps1 --anonymous --to=ps1-for-the-class.html

        A page of your own is a notebook; `nbexaminer report --help-all` tells where the usual one is, to start with:

            nbexaminer report ps1 --template=mine.ipynb
        """

    @default("classes")
    def _classes_default(self):
        return [*super()._classes_default(), Report]

    def run(self):
        self.name_assignment()
        written = Report(self.coursedir, parent=self).start()
        say("\n".join(os.path.relpath(path) for path in written))


class LmsExportApp(Command, exportapp.ExportApp):
    """``nbexaminer export``: ``nbgrader export`` with the exporters for an LMS."""

    name = "nbexaminer-export"
    description = "Write the grades of an assignment as Moodle or Canvas imports them"
    version = __version__
    format = Enum([*EXPORTERS], default_value=None, allow_none=True, help="Who imports the grades.").tag(config=True)
    aliases = {name: to for name, to in exportapp.ExportApp.aliases.items() if name != "exporter"} | {
        "format": "LmsExportApp.format",
        "roster": "LmsExporter.roster",
        "column": "CanvasExporter.column",
    }
    examples = """
        Fill in the grading worksheet that Moodle, or the gradebook that Canvas lets you download:

            nbexaminer export --format=moodle ps1 --roster worksheet.csv --to for-moodle.csv
            nbexaminer export --format=canvas ps1 --roster gradebook.csv --to for-canvas.csv --column "Problem set 1"
        """

    @default("classes")
    def _classes_default(self):
        return [*super()._classes_default(), LmsExportApp, LmsExporter, *EXPORTERS.values()]

    def run(self):
        if not self.format:
            self.stop(f"Name who imports the grades: --format={' or --format='.join(EXPORTERS)}")
        self.plugin_class = EXPORTERS[self.format]
        if self.extra_args:
            self.update_config(Config({"ExportPlugin": {"assignment": self.extra_args}}))
        exportapp.ExportApp.start(self)


class NbExaminer(Application):
    """The command line: ``nbexaminer SUBCOMMAND``."""

    name = "nbexaminer"
    description = "Grade the notebooks of nbgrader courses: isolated, fair, and no submission ends the run."
    version = __version__
    subcommands = Dict(
        {
            "autograde": (AutogradeApp, AutogradeApp.description),
            "report": (ReportApp, ReportApp.description),
            "export": (LmsExportApp, LmsExportApp.description),
        }
    )

    def start(self):
        if self.subapp is None:
            if self.extra_args:
                self.log.error("There is no command %r, but: %s.", self.extra_args[0], ", ".join(self.subcommands))
            else:
                self.print_help()
            sys.exit(2)
        self.subapp.start()


main = NbExaminer.launch_instance
