"""The student's side of the border: answer the examiner's requests from inside the student's kernel.

The text of this file, and of border.py, is run in the kernel before any of the student's code, in modules of their own
that no name of the student's can reach by accident. It asks nothing of the kernel but its event loop: between two cells
the loop finds a request on a unix socket, and the answer is computed right there, in the main thread, as a cell would
be.

A message is its length (4 bytes, big endian) and a list, written by border.dumps. From the examiner:

    ["get", name]                            what is this name of the notebook?
    ["call", function, args, kwargs]         call this function
    ["value", value] or ["raised", type]     what the test's own function gave that was called by ours

and back, exactly one for each request, after any number of "call"s of the test's functions and their answers:

    ["value", value]    ["missing"]    ["uncrossable", why]
    ["raised", type, builtin type, message, function, cell, line, source]

Whatever a student does to this code, or to the modules it uses, is the student's loss: it can only spoil answers.
"""

import asyncio
import builtins
import contextlib
import importlib
import linecache
import os
import signal
import socket
import threading
import traceback

MAX_FUNCTIONS = 10_000  # shown to the examiner
MAX_MESSAGE = 2000  # characters of an exception's message


def serve(border, limits, descriptor, shell):
    """Answer the examiner on the socket that the kernel has inherited from it, for as long as both live.

    Parameters
    ----------
    border : module
        The module border.
    limits : border.Limits
        How much may cross at once.
    descriptor : int
        Number of the socket's file descriptor.
    shell : InteractiveShell
        IPython's, of the kernel.
    """
    connection = socket.socket(fileno=descriptor)
    connection.setblocking(True)
    os.set_inheritable(descriptor, False)
    asyncio.get_running_loop().add_reader(connection, Answering(border, limits, connection, shell).turn)


class Answering:
    """Answers on one connection, and what has to be remembered between them. Parameters: see `serve`."""

    def __init__(self, border, limits, connection, shell):
        self.border, self.limits, self.connection, self.shell = border, limits, connection, shell
        self.names = shell.user_ns
        self.received = bytearray()  # of a message that is not complete yet
        self.functions = []  # the student's, by number; kept, so that an id is never used twice
        self.numbers = {}  # id of a function: its number
        self.stubs = {}  # number of a function of the test: what stands for it here
        self.thread = threading.get_ident()
        self.pending = 0  # requests being answered just now, one inside the other
        self.nowhere = open(os.devnull, "w")  # noqa: SIM115 - stays open for as long as the kernel lives

    def turn(self):
        """Take one request and answer it."""
        try:
            request = self.receive()
            if request[0] not in ("value", "raised"):  # else the reply to a call of ours that was interrupted meanwhile
                self.send(self.answer(request))
        except (OSError, EOFError):  # the examiner has gone, or the student closed the file
            asyncio.get_running_loop().remove_reader(self.connection)
            self.connection.close()

    def receive(self):
        """The next message. Interrupted in the midst of it, the next call goes on from there."""
        size = 4 + int.from_bytes(self.peek(4)[:4], "big")
        text = bytes(self.peek(size)[4:])
        self.received.clear()
        return self.border.loads(text, self.limits, self.resolve)

    def peek(self, size):
        while len(self.received) < size:
            some = self.connection.recv(min(size - len(self.received), 2**20))
            if not some:
                raise EOFError
            self.received += some
        return self.received

    def send(self, text):
        self.connection.sendall(len(text).to_bytes(4, "big") + text)

    def answer(self, request):
        """The answer's text. Any exception of the student's code, SystemExit too, is an answer."""
        self.pending += 1
        try:
            before = signal.signal(signal.SIGINT, signal.default_int_handler)  # how the examiner stops an endless loop
            try:
                with contextlib.redirect_stdout(self.nowhere), contextlib.redirect_stderr(self.nowhere):
                    if request[0] == "get":
                        if request[1] not in self.names:
                            return self.dumps(["missing"])
                        value = self.names[request[1]]
                    else:
                        function, args, kwargs = request[1:]
                        value = function(*args, **kwargs)
                    try:
                        return self.dumps(["value", value])
                    except self.border.BorderError as error:
                        return self.dumps(["uncrossable", str(error)])
            finally:
                signal.signal(signal.SIGINT, before)
        except BaseException as error:
            return self.raised(error)
        finally:
            self.pending -= 1

    def raised(self, error):
        """What an exception was and where: the innermost frame that is code of the notebook."""
        name, base, message, function, cell, number, source = "Exception", "Exception", "", "", "", 0, ""
        try:
            name = str(type(error).__name__)[:100]
            base = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
            for frame, line in traceback.walk_tb(error.__traceback__):
                if frame.f_globals is self.names:
                    file, number, function = frame.f_code.co_filename, line, frame.f_code.co_name
            if number:
                cell = " ".join(self.shell.compile.format_code_name(file) or ())  # "Cell In[3]"
                source = linecache.getline(file, number).strip()[:MAX_MESSAGE]
            message = str(error)[:MAX_MESSAGE]
        except BaseException:  # a hostile __str__; what is known by now will do
            pass
        return self.dumps(["raised", name, base, message, function, cell, number, source])

    def dumps(self, message):
        return self.border.dumps(message, self.limits, self.refer)

    def refer(self, value):
        """A reference for the student's function, or for one of the test's that the student hands back."""
        if not callable(value):
            return None
        if type(value) is Stub:
            return "test", value.number, value.__name__
        if id(value) not in self.numbers:
            if len(self.functions) == MAX_FUNCTIONS:
                raise self.border.BorderError(f"one function too many (after {MAX_FUNCTIONS:,})")
            self.numbers[id(value)] = len(self.functions)
            self.functions.append(value)
        name = getattr(value, "__name__", None)
        return "student", self.numbers[id(value)], name[:100] if isinstance(name, str) else type(value).__name__[:100]

    def resolve(self, owner, number, name):
        if owner == "student":
            return self.functions[number]
        if owner in ("numpy", "builtins"):
            return getattr(importlib.import_module(owner), name)
        return self.stubs.setdefault(number, Stub(self, number, name))

    def call(self, stub, args, kwargs):
        """Have the examiner call a function of the test's, while it waits for our answer."""
        if not self.pending or threading.get_ident() != self.thread:
            raise RuntimeError(
                f"{stub.__name__} belongs to a test: call it in the main thread and while the test is waiting"
            )
        try:
            text = self.dumps(["call", stub, args, kwargs])
        except self.border.BorderError as error:
            raise TypeError(f"{stub.__name__} belongs to a test and cannot be given {error}") from None
        self.send(text)
        while True:
            reply = self.receive()
            if reply[0] == "value":
                return reply[1]
            if reply[0] == "raised":
                kind = getattr(builtins, reply[1], None)
                if not (isinstance(kind, type) and issubclass(kind, Exception)):
                    kind = RuntimeError
                raise kind(f"{stub.__name__} raised {reply[1]}")
            self.send(self.answer(reply))  # the test's function calls one of ours in turn


class Stub:
    """What stands, on the student's side, for a function of the test's."""

    def __init__(self, answering, number, name):
        self.answering, self.number, self.__name__ = answering, number, name

    def __call__(self, *args, **kwargs):
        return self.answering.call(self, args, kwargs)

    def __repr__(self):
        return f"<function {self.__name__} of the test>"
