"""The examiner's side of the border: a student's functions and values, used from the examiner's own process.

A function of the student's is a `StudentFunction` here: calling it sends the arguments to the student's kernel and
brings back the answer, both as copies of plain data (see border.py). Functions may be arguments: the student's own
arrive there as the very same objects, the test's own are called back while the call is running.

The line is a unix socket of its own beside Jupyter's channels. Each side takes turns, a message states its length
first, and the examiner reads nothing that it does not wait for. So a kernel that lies, floods or stalls cannot make it
hold more than one message (border.Limits.max_bytes), nor wait longer than its timeout. ZeroMQ gives no such bound: its
MAXMSGSIZE counts for each part of a message, not for the message, and what nobody has read yet queues up in the
reader's memory.
"""

import builtins
import contextlib
import functools
import math
import time
from pathlib import Path

import numpy as np

from nbexaminer import border
from nbexaminer.border import LIMITS, BorderError

MAX_FUNCTIONS = 10_000  # of each side
MAX_NESTING = 20  # the student's function calls the test's, which calls the student's, …
WAY_OUT = "Tag the test cell `in-kernel` to run it in the student's kernel instead."


class StudentError(Exception):
    """A use of the student's code that gave no value. Its text may be shown to the student.

    Attributes
    ----------
    name : str
        The function (or other name) of the student's that was used.
    """

    def __init__(self, name, text):
        super().__init__(text)
        self.name = name

    def __str__(self):  # KeyError, which a StudentRaised may be as well, has another idea of it
        return self.args[0]


class StudentRaised(StudentError):
    """The student's code raised an exception.

    Made by `raised_as`, it is also one of the builtin kind that it was there.

    Attributes
    ----------
    type : str
        The name of its class.
    message : str
        Its text, at most 2000 characters.
    function : str
        The innermost function of the notebook's, in which it was raised, or "".
    cell : str
        "Cell In[3]", or "" when unknown.
    line : int
        The line in that cell, from 1, of the innermost code that is the notebook's; 0 when there is none.
    source : str
        The text of that line.
    """

    def __init__(self, name, type, message, function, cell, line, source):
        where = f" ({cell or 'a cell'}, line {line}: {source})" if line else ""
        super().__init__(name, f"{name} raised {type}{': ' if message else ''}{message}{where}")
        self.type, self.message, self.function = type, message, function
        self.cell, self.line, self.source = cell, line, source


@functools.lru_cache(100)  # not without end: the name is the student's to choose
def raised_as(base):
    """StudentRaised, as a subclass of a builtin exception too.

    So `except ValueError` in a test cell catches it.

    Parameters
    ----------
    base : str
        The name of the builtin exception; StudentRaised itself is returned where there is no such subclass.
    """
    kind = getattr(builtins, base, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        with contextlib.suppress(TypeError):  # a few builtin exceptions want arguments or a layout of their own
            both = type(base, (StudentRaised, kind), {})
            both("f", base, "", "", "", 0, "")
            return both
    return StudentRaised


class StudentTimeout(StudentError):
    """The student's code did not answer in time.

    Attributes
    ----------
    seconds : float
        How long the examiner waited.
    """

    def __init__(self, name, seconds):
        super().__init__(name, f"{name} gave no answer within {seconds:.3g} seconds")
        self.seconds = seconds


class KernelDied(StudentError):
    """The student's kernel is gone, or was given up earlier."""


class BadAnswer(StudentError):
    """What came from the student's kernel is not an answer: malformed, or larger than the limits."""


class Uncrossable(StudentError, AttributeError):
    """What was asked for exists, but is not plain data: an object of a class, a generator, an attribute of a function.

    It is an AttributeError too, so that hasattr() and numpy find no attributes in a proxy.
    """


class Student:
    """A student's kernel, as its examiner sees it.

    `install` it before any of the student's code runs. To be used by one thread, while the kernel is idle.

    Parameters
    ----------
    connection : socket.socket
        A stream socket to the student's side (answering.py).
    interrupt : function
        Called without arguments to interrupt the kernel, after a timeout.
    timeout : float
        Seconds that one call may take, what it calls back included.
    grace : float
        Seconds an interrupted call has to come back; if it does, the kernel stays in use.
    limits : Limits
        How much may cross at once.

    Attributes
    ----------
    timeout : float
        As above.
    deadline : float
        On the clock of time.monotonic; calls end then, even when `timeout` leaves them more. To be set by whoever
        keeps the time of a cell or submission.
    dead : str or None
        None, or why the kernel was given up: every further use raises KernelDied with this reason.
    """

    def __init__(self, connection, interrupt, timeout=30.0, grace=2.0, limits=LIMITS):
        self.connection, self.interrupt = connection, interrupt
        self.timeout, self.grace, self.limits = timeout, grace, limits
        self.deadline = math.inf
        self.dead = None
        self._nesting = 0
        self._received = bytearray()  # of a message that is not complete yet
        self._proxies = {}  # number: the StudentFunction
        self._functions = []  # of the test's, by number
        self._numbers = {}  # id of such a function: its number

    def install(self, client, descriptor, wait=30.0):
        """Install the student's side in a fresh kernel and wait until it answers.

        Parameters
        ----------
        client : jupyter_client.KernelClient
            Blocking or not. It only sends one silent execute_request; the reply to it stays in the shell channel,
            where other requests skip it.
        descriptor : int
            Number of the file descriptor that the kernel has inherited, the other end of `connection`.
        wait : float
            Seconds.

        Raises
        ------
        KernelDied
            No contact within `wait` seconds.
        """
        code = installation(descriptor, self.limits)
        client.execute(code, silent=True, store_history=False, allow_stdin=False)
        if not self.idle(wait):
            raise KernelDied("the kernel", f"the kernel did not take up contact within {wait:g} seconds")

    def fetch(self, names):
        """The student's values for these names.

        Parameters
        ----------
        names : iterable of str
            Names of the notebook.

        Returns
        -------
        dict of str to object
            The values by name; a name that the notebook does not define is left out.

        Raises
        ------
        Uncrossable
            A value is not plain data and not a function.
        StudentError
            See the other kinds.
        """
        found = {}
        for name in names:
            with contextlib.suppress(KeyError):
                found[name] = self._ask(["get", name], name)
        return found

    def idle(self, seconds=2.0):
        """Whether the kernel lives and is ready for a request."""
        timeout, self.timeout = self.timeout, seconds
        try:
            self.fetch(["_"])
        except Uncrossable:
            return True
        except StudentError:
            return False
        finally:
            self.timeout = timeout
        return True

    def close(self):
        self.give_up("the examiner closed the connection")

    def _ask(self, request, name):
        """Send a request and return the answer's value, having answered what the student's side asks in between.

        Raises
        ------
        BorderError
            The request itself cannot cross (an argument), which is the fault of the test.
        KeyError
            A name that does not exist.
        StudentError
            The student's side gave no value.
        """
        if self.dead:
            raise KernelDied(name, f"{name} could not be used: {self.dead}")
        if self.deadline <= time.monotonic():  # and the kernel is left alone
            raise StudentError(name, f"{name} was not used any more: the time for this cell is over")
        if self._nesting >= MAX_NESTING:
            raise BorderError(
                f"the test's and the student's functions call each other more than {MAX_NESTING} levels deep"
            )
        try:
            text = border.dumps(request, self.limits, self._refer)
        except BorderError as why:
            raise BorderError(
                f"{name} was to be given {why}, which cannot be sent to the student's kernel. {WAY_OUT}"
            ) from None
        outer, start = self.deadline, time.monotonic()
        self.deadline = min(outer, start + self.timeout)
        self._nesting += 1
        cause = None  # the latest exception of a function of the test's
        try:
            self._send(text)
            while True:
                match self._receive():
                    case ["call", function, tuple(args), dict(kwargs)] if id(function) in self._numbers:
                        reply, cause = self._call_back(function, args, kwargs)
                        self._send(reply)
                    case ["value", value]:
                        return value
                    case ["missing"]:
                        raise KeyError(name)
                    case ["uncrossable", str(why)]:
                        text = f"{name} gives {why}, where plain data is expected: numbers, text, lists, arrays."
                        raise Uncrossable(name, f"{text} {WAY_OUT}" if request[0] == "get" else text)
                    case [
                        "raised",
                        str(type),
                        str(base),
                        str(message),
                        str(function),
                        str(cell),
                        int(line),
                        str(source),
                    ]:
                        raise raised_as(base[:100])(name, type, message, function, cell, line, source) from cause
                    case _:
                        raise BorderError("not valid: not an answer")
        except StudentError:  # first: it may be a TimeoutError, too, if the student's code raised one
            raise
        except TimeoutError:
            error = StudentTimeout(name, time.monotonic() - start)
            if not self._interrupted():
                self.give_up(f"{error}, and did not stop when interrupted")
            raise error from None
        except BorderError as why:
            self.give_up(f"the answer of {name} was {why}")
            raise BadAnswer(name, self.dead) from None
        except OSError:  # closed from the other side
            self.give_up(f"the kernel died while {name} was used")
            raise KernelDied(name, self.dead) from None
        except KeyError:
            raise
        except BaseException:  # Ctrl-C at the examiner: whose turn it is on the line is unknown now
            self.give_up("the examiner was interrupted")
            raise
        finally:
            self.deadline = outer
            self._nesting -= 1

    def _call_back(self, function, args, kwargs):
        """Call a function of the test's for the student's side.

        It learns of an exception the type alone: the message could hold what only the test knows.

        Returns
        -------
        reply : bytes
            The reply's text.
        error : Exception or None
            What the function raised.
        """
        try:
            return border.dumps(["value", function(*args, **kwargs)], self.limits, self._refer), None
        except Exception as error:
            return border.dumps(["raised", type(error).__name__]), error

    def _interrupted(self):
        """Whether the kernel, interrupted, comes back to an idle state in time."""
        try:
            self.interrupt()
            self.deadline = time.monotonic() + self.grace
            while True:
                match self._receive():
                    case ["value" | "uncrossable" | "raised" | "missing", *_]:
                        return True
        except Exception:  # also whatever `interrupt` raises
            return False

    def give_up(self, reason):
        """Use this kernel no more: every further use raises KernelDied with this reason."""
        self.dead = self.dead or reason
        self.connection.close()

    def _send(self, text):
        self.connection.settimeout(self._left())
        self.connection.sendall(len(text).to_bytes(4, "big") + text)

    def _receive(self):
        """Receive the next message.

        A TimeoutError in the midst of it loses nothing: the next _receive goes on from there.
        """
        size = 4 + int.from_bytes(self._peek(4), "big")
        if size > 4 + self.limits.max_bytes:
            raise border.too_large(self.limits)
        text = self._peek(size)[4:]
        self._received.clear()
        return border.loads(text, self.limits, self._resolve)

    def _peek(self, size):
        while len(self._received) < size:  # grows with what has come, not with what was announced
            self.connection.settimeout(self._left())
            some = self.connection.recv(min(size - len(self._received), 2**20))
            if not some:
                raise ConnectionResetError
            self._received += some
        return self._received

    def _left(self):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left if left < math.inf else None

    def _refer(self, value):
        if type(value) is StudentFunction and value._student is self:
            return "student", value._number, value.__name__
        if not callable(value):
            return None
        name = str(getattr(value, "__name__", type(value).__name__))[:100]
        # rather than calling back for every np.tanh, or opening files here for an `open`
        for module in (builtins, np):
            if getattr(module, name, None) is value:
                return module.__name__, 0, name
        if id(value) not in self._numbers:
            if len(self._functions) == MAX_FUNCTIONS:
                raise BorderError(f"one function too many (after {MAX_FUNCTIONS:,})")
            self._numbers[id(value)] = len(self._functions)
            self._functions.append(value)
        return "test", self._numbers[id(value)], name

    def _resolve(self, owner, number, name):
        if owner == "student" and number < MAX_FUNCTIONS:
            if number not in self._proxies:
                self._proxies[number] = StudentFunction(self, number, name)
            return self._proxies[number]
        if owner == "test" and number < len(self._functions):
            return self._functions[number]
        raise BorderError("not valid: a function that does not exist")


class StudentFunction:
    """A function, or anything else that can be called, in a student's kernel.

    Two are equal when they are the same object there.

    Calling it raises a StudentError when the student's side gives no value, and a BorderError when an argument cannot
    cross. Arguments are copies: what the student's function changes in place does not change here.
    """

    __slots__ = ("__name__", "_number", "_student")

    def __init__(self, student, number, name):
        for slot, value in {"_student": student, "_number": number, "__name__": name}.items():
            object.__setattr__(self, slot, value)

    def __call__(self, *args, **kwargs):
        return self._student._ask(["call", self, args, kwargs], self.__name__)

    def __repr__(self):
        return f"<the student's {self.__name__}>"

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):  # as for any function
        return self

    def __getattr__(self, attribute):
        raise Uncrossable(
            self.__name__,
            f"A test cell can call the student's {self.__name__}, but not reach its {attribute!r}. {WAY_OUT}",
        )

    def __setattr__(self, attribute, value):
        self.__getattr__(attribute)


class Namespace(dict):
    """The names of the test cells: what they define themselves, then Python's builtins, then the student's.

    To be given to exec. A student's name is fetched where it is used, so that one bad name spoils one statement, not
    the cell, and kept until `forget`: the student's cells that run meanwhile may give it another value.

    Attributes
    ----------
    functions : set of str, or None
        The functions that are asked for: those that the assignment has students write. Any other, say an
        `assert_equal` that a test takes from a cell which students can edit, would leave its verdict to the student.
        None allows all.
    """

    def __init__(self, student, names=(), functions=None):
        super().__init__(names)
        self.student, self.functions = student, functions
        self.fetched = {}

    def __missing__(self, name):
        if name.startswith("__") or hasattr(builtins, name):
            raise KeyError(name)
        if name not in self.fetched:
            value = self.student.fetch([name])[name]  # a KeyError here becomes a NameError there
            if isinstance(value, StudentFunction) and self.functions is not None and name not in self.functions:
                raise BorderError(f"{name} is a function from a cell that students can edit. Lock that cell. {WAY_OUT}")
            self.fetched[name] = value
        return self.fetched[name]

    def __setitem__(self, name, value):
        self._refuse_patch(name)
        super().__setitem__(name, value)

    def __delitem__(self, name):
        self._refuse_patch(name)
        super().__delitem__(name)

    def _refuse_patch(self, name):
        """Refuse what a test does to a student's function here.

        It would not reach the student's kernel, where the others call it.
        """
        if isinstance(self.fetched.get(name), StudentFunction):
            raise BorderError(f"it replaces or deletes the student's {name}, which cannot be done from here. {WAY_OUT}")

    def forget(self):
        """Fetch the student's names anew when they are used again."""
        self.fetched.clear()


INSTALLATION = """
import builtins, types
def module(name, source):
    module = types.ModuleType(name)
    module.__builtins__ = dict(vars(builtins))  # whoever changes a builtin later does not change it here
    exec(compile(source, name, "exec"), vars(module))
    return module
border = module("border", border)
module("answering", answering).serve(border, border.Limits(*limits), descriptor, shell)
"""


def installation(descriptor, limits):
    """One line of code that makes a kernel answer on a socket that it has inherited.

    It leaves no name in the notebook.
    """
    here = Path(__file__).parent
    names = {name: (here / f"{name}.py").read_text("utf-8") for name in ("border", "answering")}
    names |= {"descriptor": descriptor, "limits": tuple(limits)}
    return f"exec({INSTALLATION!r}, {{'shell': get_ipython(), **{names!r}}})"
