"""Grade one submission that came as data: what runs in a worker process, on this machine or on another one.

Neither the course folder nor the gradebook is needed. The points go back as data, too; see `record`.
"""

import functools
import logging
import multiprocessing
import os
import resource
import signal
import tempfile
import threading
import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import cloudpickle
import nbformat
from nbgrader.converters import Autograde
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    DeduplicateIds,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from nbgrader.utils import setenv
from traitlets import default
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from nbexaminer.environment import differences, environment
from nbexaminer.examine import Examine, memory_now
from nbexaminer.exporter import LenientExporter
from nbexaminer.mend import Mend, reads, remark
from nbexaminer.sanitize import Sanitize
from nbexaminer.submission import NotGradable

MEMORY = 1 << 30
"""Bytes of address space that a worker may take on top of what it starts with. Examine.memory comes before."""

settings = Config()
"""What a worker process has to say beside the course's settings."""


@dataclass
class Course:
    """What all submissions of an assignment share.

    Attributes
    ----------
    assignment : str
    truths : dict of str to Truth
        {notebook: what is known of it}.
    config : traitlets.config.Config
    environment : dict of str to str
        {package: version} of the grader, with which the worker's is compared.
    """

    assignment: str
    truths: dict
    config: Config
    environment: dict


@dataclass
class Work:
    """A submission to be graded.

    Attributes
    ----------
    student : str
    notebooks : dict of str to bytes
        {notebook: content of its file}.
    files : dict of str to bytes
        {name: content} of what the student's cells find in their working directory.
    fingerprints : dict of str to str
        {notebook: what its grade depends on}, to be kept in the notebook.
    """

    student: str
    notebooks: dict
    files: dict = field(default_factory=dict)
    fingerprints: dict = field(default_factory=dict)


@dataclass
class Finished:
    """A graded notebook.

    Attributes
    ----------
    text : str
        The notebook's file for autograded/.
    scores : dict of str to float or None
        {grade id: points}; None if a person has to give them.
    comments : dict of str to str or None
        {grade id: nbgrader's comment}.
    remarks : list of str
    """

    text: str
    scores: dict
    comments: dict
    remarks: list


@dataclass
class Outcome:
    """What came of a submission: its finished notebooks, or why it was refused.

    Attributes
    ----------
    notebooks : dict of str to Finished
    refused : NotGradable or None
    log : list of logging.LogRecord
    seconds : float
    """

    notebooks: dict = field(default_factory=dict)
    refused: NotGradable | None = None
    log: list = field(default_factory=list)
    seconds: float = 0.0


class Scores(SaveAutoGrades):
    """nbgrader's own rules for points and comments, with a page of paper in place of the gradebook.

    Leaves them in ``resources["nbgrader"]["scores"]`` and ``["comments"]``. In the notebook's metadata it leaves what
    tells a later run whether the grade still holds, and how long it took.
    """

    def preprocess(self, nb, resources):
        self.notebook_id = self.assignment_id = self.student_id = None
        self.gradebook = _Page()
        nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
        submission = resources["nbgrader"]
        submission["scores"] = {name: grade.auto_score for name, grade in self.gradebook.grades.items()}
        submission["comments"] = {name: comment.auto_comment for name, comment in self.gradebook.comments.items()}
        kept = {name: submission.get(name) for name in ("fingerprint", "scores", "remarks")}
        kept["seconds"] = round(time.monotonic() - submission["since"], 2)  # what follows takes no time
        nb.metadata.nbexaminer = nbformat.from_dict(kept)
        return nb, resources


class _Page:
    """As much of a Gradebook as SaveAutoGrades uses."""

    def __init__(self):
        self.grades, self.comments = {}, {}
        self.db = SimpleNamespace(commit=lambda: None)

    def find_grade(self, name, *_):
        return self.grades.setdefault(name, SimpleNamespace(manual_score=None))

    def find_comment(self, name, *_):
        return self.comments.setdefault(name, SimpleNamespace())


# Mend does what the first three do, and what the fourth checks, without asking the gradebook for every cell; late
# penalties are for the one who records the grades.
LEFT_OUT = (DeduplicateIds, OverwriteCells, OverwriteKernelspec, CheckCellMetadata, AssignLatePenalties)


def steps(config):
    """The preprocessors that a submission goes through: those of the settings, in their order.

    Parameters
    ----------
    config : traitlets.config.Config

    Returns
    -------
    list of type

    Raises
    ------
    ImportError
        One of them does not exist.
    """
    autograde = Pipeline(config=config)
    found = [*autograde.sanitize_preprocessors, *autograde.autograde_preprocessors]
    for number, step in enumerate(found):
        if isinstance(step, str):
            try:
                found[number] = import_item(step)
            except ImportError as error:
                raise ImportError(f"{step} cannot be imported ({error})") from error
    return [Scores if step is SaveAutoGrades else step for step in found if step not in LEFT_OUT]


class Pipeline(Autograde):
    """nbgrader's Autograde with nbexaminer's steps put in, where the settings do not say otherwise."""

    @default("sanitize_preprocessors")
    def _sanitize_preprocessors_default(self):
        return [Mend, *Autograde().sanitize_preprocessors]

    @default("autograde_preprocessors")
    def _autograde_preprocessors_default(self):
        _, *others = Autograde().autograde_preprocessors  # the first is Execute
        return [Examine, Sanitize, *others]


def grade(course, work):
    """Grade a submission.

    Parameters
    ----------
    course : bytes
        A pickled `Course`; the same one for each submission, so it is read once.
    work : Work

    Returns
    -------
    Outcome
    """
    start, outcome, course = time.monotonic(), Outcome(), _course(course)
    log = logging.Logger(__name__)
    log.addHandler(_Keep(outcome.log))
    other = differences(course.environment, environment())
    if other:
        text = "the worker that was to grade it has other packages"
        outcome.refused = NotGradable(f"{text} ({other}). Install the same on all.", text)
        return outcome
    config = Config(course.config)
    config.merge(settings)
    try:
        for name, content in work.notebooks.items():
            outcome.notebooks[name] = _grade(course, config, work, name, content, log)
    except NotGradable as problem:
        outcome.refused = problem
    except Exception as error:
        outcome.refused = unforeseen(error, work.student, log)
    outcome.seconds = time.monotonic() - start
    return outcome


def unforeseen(error, student, log):
    """A NotGradable for what an unforeseen exception has stopped; its traceback is logged."""
    log.debug("%s", student, exc_info=error)
    text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return NotGradable(f"{text}. Run again with --debug to see where.", "an error that was not foreseen")


def _grade(course, config, work, name, content, log):
    submission = {
        "student": work.student,
        "assignment": course.assignment,
        "notebook": name,
        "truth": course.truths[name],
        "files": work.files,
        "fingerprint": work.fingerprints.get(name),
        "since": time.monotonic(),
    }
    resources = {
        "unique_key": name,
        "output_files_dir": f"{name}_files",
        "metadata": {"name": name, "path": ""},
        "nbgrader": submission,
    }
    exporter = LenientExporter(config=config, log=log)
    for step in steps(config):
        exporter.register_preprocessor(step)
    notebook, remarks = reads(content, f"{name}.ipynb")
    remark(exporter, resources, *remarks)
    with setenv(NBGRADER_EXECUTION="autograde"):
        text, resources = exporter.from_notebook_node(notebook, resources)
    submission = resources["nbgrader"]
    return Finished(text, submission["scores"], submission["comments"], submission.get("remarks", []))


@functools.lru_cache(maxsize=1)
def _course(pickled):
    return cloudpickle.loads(pickled)


class _Keep(logging.Handler):
    """Keeps log records as plain data, to be said where the user sees it."""

    def __init__(self, records):
        super().__init__()
        self.records = records

    def emit(self, record):
        record.msg, record.args = record.getMessage(), None
        if record.exc_info:
            record.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        self.records.append(record)


def initialize(folder, nursery):
    """Make a fresh process a worker.

    Parameters
    ----------
    folder : str
        Where its temporary files go.
    nursery : str
        The socket of the nursery from which kernels come, or "".
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started it all
    threading.Thread(target=_end_with_parent, daemon=True).start()
    tempfile.tempdir = folder
    settings.RoomProvisioner.nursery = nursery
    _, most = resource.getrlimit(resource.RLIMIT_AS)  # rooms have a limit of their own
    resource.setrlimit(resource.RLIMIT_AS, (memory_now(0) + MEMORY, most))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _end_with_parent():
    """However the one who started it all ends, a worker must not outlive it; with the worker its room is gone."""
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGKILL)
