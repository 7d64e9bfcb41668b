"""`Examine`: student cells run in a kernel in a room, test cells here, where the student's code cannot reach them."""

import ast
import builtins
import contextlib
import decimal
import functools
import io
import math
import os
import random
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import zmq
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbformat.v4 import new_output
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets import Enum, Integer

from nbexaminer import testcell
from nbexaminer.mend import remark
from nbexaminer.mistakes import FAULT, Mistake, in_kernel, problem, tokens, told, unended, unmarked
from nbexaminer.provisioner import RoomKernelManager
from nbexaminer.student import Namespace, Student
from nbexaminer.submission import room_files
from nbexaminer.truth import IN_KERNEL, Truth, grade_id

# not data of the assignment: the examiner's environment stays out of its way, whatever a test cell draws
os.environ.setdefault("MPLBACKEND", "agg")


class Examine(Execute):
    """Run a submission: its own cells in a kernel in a room, its graded test cells in this process.

    It takes the place of nbgrader's Execute in ``Autograde.autograde_preprocessors``. What test cells and locked
    set-up cells say is taken from the gradebook, never from the submission. The outputs of a test cell, and with them
    its points, come from here alone.
    """

    isolation = Enum(
        ["room", "none"],
        default_value="room",
        help="room: student code runs in a bubblewrap sandbox. none: it runs with your rights, on your files and "
        "network, so only for submissions that you would run yourself. Tests stay outside the student's process.",
    ).tag(config=True)
    timeout = Integer(
        60, allow_none=True, help="Seconds that a cell, or a test cell with all its calls, may take."
    ).tag(config=True)
    submission_timeout = Integer(600, help="Seconds that a whole submission may take.").tag(config=True)
    output_limit = Integer(2_000_000, help="Bytes of output that are kept of a cell.").tag(config=True)
    total_output_limit = Integer(10_000_000, help="Bytes of output that are kept of a submission.").tag(config=True)

    memory = Integer(
        512 << 20,
        help="Bytes that a submission may make the grader's own process take on top of what it holds: a test cell that "
        "wants more gets a MemoryError. When half of that is taken the student's kernel is ended, as it may be its "
        "messages that take it.",
    ).tag(config=True)

    def preprocess(self, nb, resources, km=None):
        self._deadline = time.monotonic() + self.submission_timeout
        self._kept_in_all = 0
        truth = Truth.of(self, resources)
        self._answers, self._in_kernel = truth.answers, truth.in_kernel()
        self._tests, self._setup = truth.tests(), truth.setup()
        for name, source in (self._tests | self._setup).items():
            if name not in self._in_kernel:
                import_all(source)
        known = tokens(*self._tests.values(), *self._setup.values())
        with Examiner(set().union(*truth.answers.values()), self.memory, known) as self._examiner:
            try:
                nb, resources = super().preprocess(nb, resources, km=km)
            except Exception as error:
                if not self._broken:
                    raise
                self.log.warning("%s", error)
        late = [grade_id(cell) or "a cell of the student's own" for cell in nb.cells if unended(cell)]
        if late:
            more = f" and {len(late) - 3} more" if len(late) > 3 else ""
            remark(self, resources, f"did not come to an end: {', '.join(late[:3])}{more}")
        return nb, resources

    def create_kernel_manager(self):
        self.kernel_manager_class = RoomKernelManager if self.isolation == "room" else AsyncKernelManager
        if self.isolation == "none":
            self.log.warning("isolation is none: student code runs with your rights, on your files and network.")
        self.config.Room.hidden = list({*self.config.Room.get("hidden", []), CourseDirectory(parent=self).root})
        manager = super().create_kernel_manager()
        manager.client = functools.partial(limited_client, manager.client)
        return manager

    @contextlib.contextmanager
    def setup_kernel(self, **kwargs):
        ours, theirs = socket.socketpair()
        with ours, theirs, contextlib.ExitStack() as stack:
            kwargs["pass_fds"] = (theirs.fileno(),)
            if self.isolation == "room":
                kwargs["files"] = self._files()
            elif "files" in self.resources["nbgrader"]:
                kwargs["cwd"] = stack.enter_context(folder_of(self._files()))
            stack.enter_context(super().setup_kernel(**kwargs))
            student = Student(ours, run_sync(self.km.interrupt_kernel), timeout=self.timeout or 3600)
            student.install(self.kc, theirs.fileno())
            theirs.close()  # so that the end of the kernel is the end of the line
            self._examiner.namespace.student = student
            stack.enter_context(memory_watch(self.memory // 2, self._stop_flood))
            yield
            student.close()

    def _stop_flood(self):
        """End a kernel whose messages fill the memory: ZeroMQ bounds the parts of a message, but not their number."""
        self._student.give_up("it sent more than the grader takes")
        # in a room this is bwrap, and with it goes the room; the manager's own methods are not for a second thread
        self.km.provisioner.process.kill()

    def _files(self):
        """{name: bytes or Path} of what the student's cells find in their working directory."""
        assignment = self.resources["nbgrader"]
        if "files" in assignment:  # the submission came as data
            return assignment["files"]
        folder, course = Path(self.resources["metadata"]["path"]), CourseDirectory(parent=self)
        source = course.format_path(course.source_directory, ".", assignment["assignment"])
        submitted = course.format_path(course.submitted_directory, assignment["student"], assignment["assignment"])
        files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
        files = {name: path for name, path in files.items() if path.suffix != ".ipynb"}
        files = room_files(files, Path(source), Path(submitted))
        if files is None:
            self.log.warning("%s: too many or too large files; the notebook is graded without them.", folder)
        return files or {}

    def preprocess_cell(self, cell, resources, cell_index):
        if cell.cell_type != "code":
            return cell, resources
        name = grade_id(cell)
        if name in self._tests:
            self._examine(cell, name)
            return cell, resources
        if name in self._setup:
            self._examiner.set_up(self._setup[name], max(self._seconds_left(), 1))
        self._examiner.hand_over(self._answers.get(name, ()))
        self._run(cell, resources, cell_index)
        return cell, resources

    def _seconds_left(self):
        left = self._deadline - time.monotonic()
        return min(left, self.timeout) if self.timeout else left

    def _run(self, cell, resources, cell_index):
        """Run a cell in the student's kernel, unless that is gone."""
        self._keep_time()
        if self._broken:
            cell.outputs = [self._not_run()]
            return
        self._kept = 0
        try:
            super().preprocess_cell(cell, resources, cell_index)
        except zmq.Again:  # the line is cut: see MAX_MESSAGE
            self._student.give_up("it sent more than the grader takes")
            cell.outputs = [self._not_run()]
        except Exception as error:
            # a dead kernel, one that ignores interrupts, or one that does not speak Jupyter's language
            self.log.debug("%s", error)
            if self._student.idle():
                cell.outputs.append(problem(Mistake(LOST, LOST)))
            else:
                self._student.give_up("the kernel died or stopped answering in an earlier cell")
                cell.outputs.append(problem(Mistake(DIED, DIED, timed_out=True)))

    def _not_run(self):
        return problem(Mistake(f"This cell was not run: {self._broken}.", "This cell was not run."))

    @property
    def _student(self):
        return self._examiner.namespace.student

    @property
    def _broken(self):
        """Why no more of the student's code can be run, or None."""
        return self._student and self._student.dead

    def _keep_time(self):
        if self._seconds_left() <= 0:
            self._student.give_up(f"the submission took longer than {self.submission_timeout} seconds")

    def process_message(self, msg, cell, cell_index):
        """Keep no more of a cell's output than `output_limit`, and of all than `total_output_limit`.

        Of widgets nothing is kept: Sanitize would throw it away, and their state and buffers have no limit.
        """
        kind, content = msg["msg_type"], msg["content"]
        if kind.startswith("comm"):
            return None
        if type(content.get("execution_count", 0)) is not int:  # of any kind of message; it is kept with the cell
            content["execution_count"] = None
        if kind == "error" and isinstance(content.get("traceback"), list):
            content["traceback"] = unmarked(content["traceback"])
        size = len(repr(content)) if kind not in ("status", "execute_input") else 0
        # an update is written into all outputs that share its display_id
        display_id = (content.get("transient") or {}).get("display_id")
        size *= 1 + sum(map(len, self._display_id_map.get(display_id, {}).values())) if display_id else 1
        if self._kept + size <= self.output_limit and self._kept_in_all + size <= self.total_output_limit:
            self._kept += size
            self._kept_in_all += size
            return super().process_message(msg, cell, cell_index)
        if not cell.outputs or cell.outputs[-1].get("text") != CUT:
            cell.outputs.append(new_output("stream", name="stdout", text=CUT))
        return None

    def _examine(self, cell, name):
        """Run a test cell here and write its outcome into the cell, where nbgrader reads the points from."""
        cell.source = self._tests[name]
        if name in self._in_kernel:
            word = "its verdict is only as strong as the student's honesty"
            remark(self, self.resources, f"{name} is tagged {IN_KERNEL}: {word}")
            self._run(cell, self.resources, self.nb.cells.index(cell))
            for output in cell.outputs:
                if output.output_type == "error" and not told(output):  # a traceback would show the test
                    text = output.evalue if output.ename == "AssertionError" else f"{output.ename}: {output.evalue}"
                    common = in_kernel(output.ename)
                    output.update(problem(Mistake(text or common, common)))
            return
        self._keep_time()
        failures, result = self._examiner.examine(cell.source, max(self._seconds_left(), 1))
        cell.execution_count = None
        if failures:
            cell.outputs = [problem(*failures)]
        elif isinstance(result, int | float) and not isinstance(result, bool):
            cell.outputs = [new_output("execute_result", {"text/plain": repr(result)})]  # partial credit
        else:
            cell.outputs = []


MAX_MESSAGE = 64 << 20
"""Bytes of a message from a student's kernel, for each of its parts."""

MAX_WAITING = 4
"""Messages of a channel that wait to be read; more wait in the kernel."""

LOST = "What this cell put out could not be read, or was more than the grader takes at once."
DIED = "The kernel died or stopped answering while this cell ran."
CUT = "\n… more output than is kept: the rest was left out.\n"


def limited_client(make, **kwargs):
    """The kernel client that `make` makes, with limits to what its sockets take."""
    client = make(**kwargs)
    client.context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)  # whoever sends more is cut off
    client.context.setsockopt(zmq.RCVHWM, MAX_WAITING)
    client.context.setsockopt(zmq.SNDTIMEO, 5000)  # ms; one that was cut off takes nothing any more
    return client


@contextlib.contextmanager
def folder_of(files):
    """A temporary folder with these files in it."""
    with tempfile.TemporaryDirectory(prefix="nbexaminer-") as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield folder


def memory_now(column):
    """Bytes of this process: of address space (0) or in memory (1), as /proc/self/statm has them."""
    return int(Path("/proc/self/statm").read_text().split()[column]) * resource.getpagesize()


@functools.lru_cache(1000)
def import_all(source):
    """Import what a cell of the instructor's will, before any limit of time or memory holds.

    An import that a limit ends halfway can fail ever after in this process: that would be others' loss.
    """
    with contextlib.suppress(SyntaxError):
        for node in ast.walk(testcell.parse(source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                with contextlib.suppress(Exception):
                    exec(compile(ast.Module([node], []), "<imports>", "exec", dont_inherit=True), {})


@contextlib.contextmanager
def memory_watch(more, stop):
    """Call `stop`, from another thread, as soon as this process holds `more` bytes more than now."""
    limit, over = memory_now(1) + more, threading.Event()

    def watch():
        while not over.wait(0.02):
            if memory_now(1) > limit:
                stop()
                return

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()


@contextlib.contextmanager
def memory_limit(more):
    """Let this process take no more than `more` bytes on top of what it has: a student's answer can be made to be
    an array that another one blows up to gigabytes. What wants more gets a MemoryError."""
    size = memory_now(0)
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = size + more if before[1] == resource.RLIM_INFINITY else min(size + more, before[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextlib.contextmanager
def as_before():
    """Take back what instructors' cells set for a whole process: in it, other submissions are graded, too."""
    names, path, depth, precision = dict(os.environ), sys.path[:], sys.getrecursionlimit(), decimal.getcontext().copy()
    drawn, drawn_by_numpy = random.getstate(), np.random.get_state()
    with contextlib.ExitStack() as stack:
        for each in (warnings.catch_warnings(), np.errstate(), np.printoptions(), contextlib.chdir(os.getcwd())):
            stack.enter_context(each)
        if "matplotlib" in sys.modules:
            stack.enter_context(sys.modules["matplotlib"].rc_context())
        try:
            yield
        finally:
            if os.environ != names:
                os.environ.clear()
                os.environ.update(names)
            sys.path[:] = path
            sys.setrecursionlimit(depth)
            decimal.setcontext(precision)
            random.setstate(drawn)
            np.random.set_state(drawn_by_numpy)


class OutOfTime(BaseException):
    """A test cell took too long. No Exception, so that nothing in between takes it for an error of its own."""


class Examiner:
    """Runs the instructor's cells in this process; names they do not know are the student's.

    Parameters
    ----------
    functions : set of str
        Names of the functions that students write.
    memory : int
        Bytes that a cell may take on top of what this process holds.
    known : set of str
        The words of the instructor's cells, see `mistakes.mistake`.
    """

    def __init__(self, functions, memory=512 << 20, known=None):
        self.memory, self.known = memory, known
        self.namespace = Namespace(None, {"__name__": "__main__"}, functions)

    def __enter__(self):
        self._before = contextlib.ExitStack()
        self._before.enter_context(as_before())
        return self

    def __exit__(self, *_):
        self._before.close()
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")  # what set-up cells have drawn

    def set_up(self, source, seconds):
        """Run a set-up cell, if it needs nothing of the student's; else what it defines is the student's."""
        try:
            tree = testcell.parse(source)
        except SyntaxError:  # of another language, in a cell magic
            return
        missing, defined = set(), set()
        for statement in tree.body:
            stored, loaded = testcell.names(statement)
            missing |= {name for name in loaded - defined if name not in self.namespace and not hasattr(builtins, name)}
            defined |= stored
        if not missing:
            try:
                with self._quiet(seconds):
                    exec(compile(tree, "<set-up cell>", "exec", dont_inherit=True), self.namespace)
                return
            except OutOfTime:  # of the submission; nothing becomes the student's by that
                return
            except Exception:  # it needs the student's after all
                pass
        self.hand_over(defined)

    def hand_over(self, names):
        """From here on these names are the student's, whatever earlier test cells have used them for."""
        for name in names:
            self.namespace.pop(name, None)
        self.namespace.functions |= set(names)

    def examine(self, source, seconds):
        """Run a test cell: (a `Mistake` for each problem; the value of its last expression)."""
        self.namespace.forget()
        student = self.namespace.student
        student.deadline = time.monotonic() + seconds
        try:
            with self._quiet(seconds + student.grace + 1):
                return testcell.run(source, self.namespace, self.known)
        except SyntaxError as error:
            return [Mistake(f"{FAULT}: {error}", f"{FAULT}.")], None
        except OutOfTime:
            text = "The checks of this cell took longer than"
            return [Mistake(f"{text} {seconds:.0f} seconds.", f"{text} they may.", timed_out=True)], None
        finally:
            student.deadline = math.inf

    @contextlib.contextmanager
    def _quiet(self, seconds):
        """Keep what instructors' cells print, and end them when their time is over."""
        nowhere = io.StringIO()
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere), memory_limit(self.memory):
            if threading.current_thread() is not threading.main_thread():
                yield  # signals are for the main thread; calls of the student's code have their own deadline
                return

            def stop(*_):
                raise OutOfTime

            before = signal.signal(signal.SIGALRM, stop)
            signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.1))
            try:
                yield
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)
