"""`Grading`: a whole class, graded in parallel, with every grade recorded at once and nothing lost on the way."""

import contextlib
import fnmatch
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import time
from collections import defaultdict, deque
from concurrent.futures import FIRST_COMPLETED, wait
from pathlib import Path

import cloudpickle
from nbgrader.converters import NbGraderException
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import find_all_files
from sqlalchemy.exc import OperationalError
from traitlets import Integer, Unicode, default

from nbexaminer.environment import environment
from nbexaminer.examine import Examine
from nbexaminer.files import write_all
from nbexaminer.folders import locked
from nbexaminer.page import duration
from nbexaminer.pool import ClusterPool, LocalPool
from nbexaminer.progress import Progress
from nbexaminer.provisioner import RoomProvisioner
from nbexaminer.record import Recorder
from nbexaminer.room import Room, check_rooms
from nbexaminer.submission import BAD_IN_NAMES, NotGradable, check, room_files
from nbexaminer.worker import Course, Pipeline, Work, steps, unforeseen

ATTEMPTS = 2  # to grade a submission whose worker process dies
AHEAD = 2  # submissions that wait for a worker, so that none waits for a submission


class Grading(Pipeline):
    """Grade an assignment's submissions. What cannot be graded is remembered, and never ends the run.

    A submission is done when its grade is committed to the gradebook and, after that, its folder has appeared in
    autograded/ in one rename. Whatever kills a run, the next one finds what is missing.
    """

    jobs = Integer(help="Submissions to grade at a time. Default: one for each core that may be used.").tag(config=True)
    scheduler = Unicode(
        help="Address of a Dask scheduler, such as tcp://192.0.2.1:8786. Its workers then do the grading; "
        "they need the same packages, but neither the course's folder nor its gradebook."
    ).tag(config=True)

    @default("jobs")
    def _jobs_default(self):
        return len(os.sched_getaffinity(0))

    def start(self):
        """Grade.

        Raises
        ------
        NbGraderException, RoomError
            Nothing can be graded.
        sqlalchemy.exc.OperationalError
            The database cannot be used (any more).
        """
        self.done, self.not_graded, self.remarks, self.missing = [], {}, defaultdict(list), {}
        self.interrupted = False
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.chdir(self.coursedir.root))
            self.recorder = stack.enter_context(Recorder(self.coursedir, self.create_student, self))
            self.truths = self.recorder.truths()
            self.folders = self._find()
            self._check_settings()
            stack.enter_context(self._alone())
            self._sweep()
            with self._interruptible():
                self._grade_all()
            self._keep_refusals()
            self.table = self.recorder.table(self.done)

    def _keep_refusals(self):
        """Leave who was not graded, and why, where `report` finds it."""
        path = refusals(self.coursedir)
        kept = {student: each for student, each in read_refusals(path).items() if student not in self.folders}
        now = time.time()
        new = {
            student: {"why": problem.why, "kind": problem.kind, "when": now}
            for student, problem in self.not_graded.items()
        }
        try:
            write_all({path: json.dumps(kept | new)})
        except OSError as error:
            self.log.warning("%s cannot be written (%s).", path, error.strerror or error)

    @contextlib.contextmanager
    def _alone(self):
        """Two runs at once would tread on each other's feet."""
        folder = Path(self.coursedir.format_path(self._output_directory, ".", "."))
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with locked(folder):
                yield
        except BlockingIOError:
            raise NbGraderException(f"Another nbexaminer is writing to {folder}. Wait until it has ended.") from None

    def _find(self):
        """{student: folder} of the submissions."""
        assignment = self.coursedir.assignment_id
        self.names = {name for name in self.truths if fnmatch.fnmatchcase(name, self.coursedir.notebook_id)}
        if not self.names:
            raise NbGraderException(
                f"The gradebook has no notebook of {assignment!r}. First: nbgrader generate_assignment {assignment!r}"
            )
        pattern = self._format_source(assignment, self.coursedir.student_id)
        folders = sorted(glob.glob(pattern))
        if not folders:
            raise NbGraderException(f"There are no submissions: nothing matches {pattern}")
        named = self._format_source(re.escape(assignment), "(?P<student>.*)", escape=True)
        excluded = self.coursedir.student_id_exclude.split(",") if self.coursedir.student_id_exclude else []
        students = {re.fullmatch(named, folder, re.S)["student"]: Path(folder) for folder in folders}
        return {student: folder for student, folder in students.items() if student not in excluded}

    def _check_settings(self):
        if not self.scheduler and Examine(parent=self).isolation != "none":
            check_rooms()
        try:
            self.settings = self._settings()
        except ImportError as error:
            raise NbGraderException(str(error)) from error

    @contextlib.contextmanager
    def _interruptible(self):
        """Ctrl-C ends the run where it does no harm; a second one ends it anywhere."""

        def interrupt(number, _):
            self.interrupted = True
            signal.signal(number, before[number])

        before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    # the run

    def _grade_all(self):
        self.known = {} if self.force else self.recorder.scores()
        self.due = self.recorder.due()
        self.common = {name: self._common(truth) for name, truth in self.truths.items()}
        course = Course(self.coursedir.assignment_id, self.truths, self.config, environment())
        course = cloudpickle.dumps(course)
        waiting, running, attempts = deque(self.folders), {}, defaultdict(int)
        with contextlib.ExitStack() as stack:
            progress = stack.enter_context(Progress(len(waiting), self.log))
            pool = None
            while (waiting or running) and not self.interrupted:
                while waiting and (pool is None or len(running) < pool.slots() + AHEAD) and not self.interrupted:
                    student = waiting.popleft()
                    work = self._prepare(student, progress)
                    if work:
                        if pool is None:  # not for a class that is graded already
                            pool = stack.enter_context(contextlib.closing(self._pool()))
                        running[pool.submit(course, work)] = work
                ended, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future, work in running.items():
                    if future.running() and work.student not in progress.running:
                        progress.started(work.student)
                progress.tick()
                for future in ended:
                    work = running.pop(future)
                    attempts[work.student] += 1
                    if not self._finish(future, work, progress, last=attempts[work.student] == ATTEMPTS):
                        waiting.appendleft(work.student)
            self.left = [*waiting, *(work.student for work in running.values())]

    def _pool(self):
        if self.scheduler:
            try:
                return ClusterPool(self.scheduler)
            except ImportError:
                raise NbGraderException("--scheduler needs dask.distributed: pip install nbexaminer[cluster]") from None
            except OSError as error:
                text = f"The Dask cluster at {self.scheduler} cannot be used ({error or type(error).__name__})."
                start = f"Start one: dask scheduler, and for each machine: dask worker {self.scheduler}"
                raise NbGraderException(f"{text} {start}") from error
        jobs, warm = max(1, min(self.jobs, len(self.folders))), Examine(parent=self).isolation == "room"
        return LocalPool(jobs, warm, self.config)

    def _prepare(self, student, progress):
        """The work on a submission; None if there is nothing to do."""
        folder = self.folders[student]
        self.notebooks = [str(folder / f"{name}.ipynb") for name in sorted(self.names)]  # for the hooks
        self.run_pre_convert_hook()
        try:
            found = {Path(name).stem for name in check(folder, student, {f"{name}.ipynb" for name in self.names})}
            missing = sorted(self.names - found)
            self.missing[student] = missing
            files = room_files(self._files(student), self._source(), folder)
            work = Work(student, {name: (folder / f"{name}.ipynb").read_bytes() for name in sorted(found)})
            work.files = {name: path.read_bytes() for name, path in (files or {}).items()}
        except NotGradable as problem:
            self._refuse(student, problem, progress)
            return None
        except OSError as error:
            text = "a file cannot be read"
            self._refuse(student, NotGradable(f"{text} ({error}).", text), progress)
            return None
        except Exception as error:
            self._refuse(student, unforeseen(error, shown(student), self.log), progress)
            return None
        self.remarks[student] = [f"no {name}.ipynb: no points for it" for name in missing]
        if files is None:
            self.remarks[student].append("too many or too large files: graded without them")
        for name in work.notebooks:
            work.fingerprints[name] = self._fingerprint(work, name)
        unchanged = {name: remarks for name in work.notebooks if (remarks := self._graded(work, name)) is not None}
        for name, remarks in unchanged.items():
            self.remarks[student] += remarks
            del work.notebooks[name]
        if work.notebooks or (missing and not unchanged):
            return work
        self.remarks[student].append("unchanged since it was graded (--force grades it anew)")
        self.done.append(student)
        progress.done(student, "unchanged")
        return None

    def _finish(self, future, work, progress, last):
        """Take the outcome of a submission. False if it has to be graded once more."""
        student, error = work.student, future.exception()
        if error and not last:
            why = f"{type(error).__name__}: {error}"
            self.log.warning("%s: its worker process failed (%s); it is graded again.", student, why)
            return False
        if error:
            text = f"{ATTEMPTS} worker processes failed while they graded it"
            why = f"{text} ({type(error).__name__}: {error}). It may take too much memory."
            self._refuse(student, NotGradable(why, text), progress)
            return True
        outcome = future.result()
        for record in outcome.log:
            if self.log.isEnabledFor(record.levelno):
                who = f"{shown(student)}: "
                record.msg = record.msg if record.msg.startswith(who) else who + record.msg
                self.log.handle(record)
        if outcome.refused:
            self._refuse(student, outcome.refused, progress)
            return True
        try:
            self._publish(student, outcome.notebooks)
        except NotGradable as problem:
            self._refuse(student, problem, progress)
            return True
        except OSError as error:
            text = "its folder in autograded/ cannot be written"
            self._refuse(student, NotGradable(f"{text} ({error.strerror or error}).", text), progress)
            return True
        except OperationalError:
            raise
        except Exception as error:
            self._refuse(student, unforeseen(error, shown(student), self.log), progress)
            return True
        self.run_post_convert_hook()
        self.done.append(student)
        for finished in outcome.notebooks.values():
            self.remarks[student] += finished.remarks
        points = sum(score or 0 for finished in outcome.notebooks.values() for score in finished.scores.values())
        progress.done(student, f"{points:g} points by the tests, {outcome.seconds:.1f} s")
        return True

    def _refuse(self, student, problem, progress):
        self.not_graded[student] = problem
        self.log.error("%s: %s", shown(student), problem)
        progress.done(shown(student), "not graded")

    # what a grade depends on

    def _settings(self):
        """The settings of all that has a part in a grade, as text."""
        parts = [*steps(self.config), Room, RoomProvisioner, AssignLatePenalties]
        parts.append(AssignLatePenalties(parent=self).plugin_class)
        classes = {base.__name__ for part in parts for base in part.mro()}
        sections = {name: section for name, section in self.config.items() if name in classes}
        return json.dumps([sections, [part.__name__ for part in parts]], sort_keys=True, default=repr)

    def _common(self, truth):
        """What the grades of all submissions of a notebook depend on, as texts."""
        return [
            json.dumps([truth.cells, truth.texts, truth.kernelspec], sort_keys=True),
            json.dumps({cell: sorted(names) for cell, names in truth.answers.items()}, sort_keys=True),
            self.settings,
            json.dumps(environment(), sort_keys=True),
        ]

    def _fingerprint(self, work, name):
        """A hash of all that a notebook's grade depends on: itself, its files, the tests, settings and packages."""
        parts = [
            work.notebooks[name],
            *(part for file in sorted(work.files.items()) for part in file),
            *self.common[name],
            self.due[0],
            self.due[1].get(work.student),
            self._timestamp(work.student),
        ]
        digest = hashlib.sha256()
        for part in parts:
            part = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()

    def _graded(self, work, name):
        """The remarks on a notebook that is graded, recorded and has not changed since, else None."""
        path = self._dest(work.student) / f"{name}.ipynb"
        try:
            kept = json.loads(path.read_bytes())["metadata"]["nbexaminer"]
            same = kept["fingerprint"] == work.fingerprints[name]
            return kept["remarks"] or [] if same and kept["scores"] == self.known[work.student][name] else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    # files

    def _dest(self, student):
        return Path(self._format_dest(self.coursedir.assignment_id, student))

    def _source(self):
        return Path(self.coursedir.format_path(self.coursedir.source_directory, ".", self.coursedir.assignment_id))

    def _timestamp(self, student):
        return self.coursedir.get_existing_timestamp(str(self.folders[student]))

    def _files(self, student):
        """{name: path} of what belongs to a submission but for notebooks; the assignment's own files win."""
        ignore = [*self.coursedir.ignore, "*.ipynb"]
        keep = set(self.exclude_overwriting.get(self.coursedir.assignment_id, []))
        files, own = (
            {os.path.relpath(path, folder): Path(path) for path in find_all_files(str(folder), ignore)}
            for folder in (self.folders[student], self._source())
        )
        own = {name: path for name, path in own.items() if name not in keep}
        folders = {str(folder) for name in own for folder in Path(name).parents}
        files = {  # but for those that are in the way of the assignment's
            name: path
            for name, path in files.items()
            if name not in folders and own.keys().isdisjoint(map(str, Path(name).parents))
        }
        return files | own

    def _publish(self, student, finished):
        """Record the grade, then let the folder in autograded/ appear."""
        dest = self._dest(student)
        building, replaced = _beside(dest)
        try:
            building.mkdir(parents=True)
            for name, path in self._files(student).items():
                (building / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, building / name)  # of any size
            for name, notebook in finished.items():
                _write(building / f"{name}.ipynb", notebook.text.encode())
            for notebook in dest.glob("*.ipynb"):  # unchanged, or not asked for
                if notebook.stem not in {*finished, *self.missing[student]}:
                    _write(building / notebook.name, notebook.read_bytes())
            self._permit(building)
            self.recorder.record(student, finished, self.missing[student], self._timestamp(student))
            if dest.exists():
                dest.rename(replaced)
            building.rename(dest)
        finally:
            for path in (building, replaced):
                shutil.rmtree(path, ignore_errors=True)

    def _permit(self, folder):
        """Set permissions as nbgrader's Autograde does."""
        for where, _, files in os.walk(folder):
            for name in files:
                os.chmod(os.path.join(where, name), int(str(self.permissions), 8))
            if self.coursedir.groupshared:
                os.chmod(where, (os.stat(where).st_mode | 0o2770) & 0o2777)

    def _sweep(self):
        """Remove what a run that was killed has left beside the folders of submissions."""
        for student in self.folders:
            for path in _beside(self._dest(student)):
                shutil.rmtree(path, ignore_errors=True)

    def report(self):
        """The class as a table, then who was not graded and what to do."""
        rows, lines = [], []
        for student, score, best, penalty, late, manual in self.table:
            remarks = list(self.remarks[student])
            if late:
                remarks.append(f"late by {duration(late)}" + (f", {penalty:g} points taken off" if penalty else ""))
            remarks += ["needs manual grading"] if manual else []
            rows.append((student, f"{score:g} of {best:g}", "; ".join(remarks)))
        if rows:
            rows = [("student", "score", "remarks"), *rows]
            first, second = (min(40, max(len(row[column]) for row in rows)) for column in (0, 1))
            lines += [f"{student:{first}}  {score:>{second}}  {remarks}".rstrip() for student, score, remarks in rows]
        if self.not_graded:
            lines += ["", "not graded:"]
            lines += [f"  {shown(student)}: {self.not_graded[student]}" for student in sorted(self.not_graded)]
        if self.left:
            lines += [
                "",
                f"interrupted: {len(self.left)} of {len(self.folders)} are not graded yet. Run again to go on.",
            ]
        return "\n".join(lines)


def refusals(coursedir):
    """The file with those of the assignment's students whom the last run that met them did not grade."""
    folder = coursedir.format_path(coursedir.autograded_directory, ".", ".")
    return Path(folder, f".{coursedir.assignment_id}.json")


def read_refusals(path):
    """{student: {"why", "kind", "when"}}, see `NotGradable`, when is a time stamp; {} if no such file can be read."""
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return {name: each for name, each in kept.items() if isinstance(each, dict)} if isinstance(kept, dict) else {}


def shown(student):
    """A student's name on a line of its own, whatever is in it."""
    return ascii(student) if BAD_IN_NAMES.search(student) else student


def _beside(dest):
    """Where a submission's new folder is built, and where its old one is until that has taken its place."""
    return dest.with_name(f".{dest.name}.unfinished"), dest.with_name(f".{dest.name}.replaced")


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
