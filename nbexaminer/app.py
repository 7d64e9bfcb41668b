"""The command ``nbexaminer``. ``nbexaminer autograde`` is ``nbgrader autograde`` for classes as they are.

One submission that cannot be graded is one line, never the end of the run; the class is a table at the end.
``nbexaminer export`` is ``nbgrader export`` for Moodle and Canvas.
"""

import logging
import sys
import warnings

from nbgrader.apps import autogradeapp, exportapp
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import NbGraderException
from sqlalchemy.exc import OperationalError, SAWarning
from traitlets import Dict, Enum, default
from traitlets.config import Application, Config

from nbexaminer import __version__
from nbexaminer.examine import Examine
from nbexaminer.export import EXPORTERS, LmsExporter
from nbexaminer.grading import Grading
from nbexaminer.mend import Mend
from nbexaminer.progress import say
from nbexaminer.provisioner import RoomProvisioner
from nbexaminer.room import Room, RoomError
from nbexaminer.sanitize import Sanitize


class AutogradeApp(autogradeapp.AutogradeApp):
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

    @default("log_level")
    def _log_level_default(self):
        return logging.WARNING  # what nbgrader says at INFO, a dozen lines a submission, hides what matters

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

    def start(self):
        NbGrader.start(self)
        warnings.simplefilter("ignore", SAWarning)  # of the way nbgrader uses its database
        names = {*self.extra_args, self.coursedir.assignment_id} - {""}
        if len(names) != 1:
            self.stop("Name one assignment, as an argument or with --assignment.")
        self.coursedir.assignment_id = names.pop()
        grading = Grading(coursedir=self.coursedir, parent=self)
        try:
            grading.start()
        except (RoomError, NbGraderException) as error:
            self.stop(str(error))
        except KeyboardInterrupt:  # the second
            sys.exit(130)
        except OperationalError as error:
            self.log.debug("", exc_info=True)
            self.stop(
                f"The gradebook cannot be used ({error.orig}). If nbgrader is newer, run `nbgrader db upgrade`. "
                "What is graded is kept."
            )
        say(grading.report())
        sys.exit(130 if grading.left else 1 if grading.not_graded else 0)

    def stop(self, message):
        """End before anything else is graded."""
        self.log.error(message)
        sys.exit(2)


class ExportApp(exportapp.ExportApp):
    """``nbexaminer export``: ``nbgrader export`` with the exporters for an LMS."""

    name = "nbexaminer-export"
    description = "Write the grades of an assignment as Moodle or Canvas imports them"
    version = __version__
    format = Enum([*EXPORTERS], default_value=None, allow_none=True, help="Who imports the grades.").tag(config=True)
    aliases = exportapp.ExportApp.aliases | {
        "format": "ExportApp.format",
        "roster": "LmsExporter.roster",
        "column": "CanvasExporter.column",
    }
    examples = """
        Fill in the grading worksheet that Moodle, or the gradebook that Canvas lets you download:

            nbexaminer export --format=moodle --assignment ps1 --roster worksheet.csv --to grades.csv
            nbexaminer export --format=canvas --assignment ps1 --roster gradebook.csv --column "Problem set 1"
        """

    @default("log_level")
    def _log_level_default(self):
        return logging.WARNING

    @default("classes")
    def _classes_default(self):
        return [*super()._classes_default(), LmsExporter, *EXPORTERS.values()]

    def start(self):
        if not self.format:
            self.log.error("Name who imports the grades: --format=%s", " or --format=".join(EXPORTERS))
            sys.exit(2)
        self.plugin_class = EXPORTERS[self.format]
        if self.extra_args:
            self.update_config(Config({"ExportPlugin": {"assignment": self.extra_args}}))
        super().start()


class NbExaminer(Application):
    """The command line: ``nbexaminer SUBCOMMAND``."""

    name = "nbexaminer"
    description = "Grade the notebooks of nbgrader courses: isolated, fair, and no submission ends the run."
    version = __version__
    subcommands = Dict(
        {"autograde": (AutogradeApp, AutogradeApp.description), "export": (ExportApp, ExportApp.description)}
    )

    def start(self):
        if self.subapp is None:
            self.print_help()
            sys.exit(2)
        self.subapp.start()


main = NbExaminer.launch_instance
