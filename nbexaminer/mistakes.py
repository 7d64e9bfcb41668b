"""What a failed check says: to the student who reads it, and of the class, in words that are nobody's own."""

import builtins
import linecache
import re
import traceback
from typing import NamedTuple

from nbformat.v4 import new_output

from nbexaminer.border import BorderError
from nbexaminer.checks import CheckFailed
from nbexaminer.student import BadAnswer, KernelDied, StudentError, StudentRaised, StudentTimeout, Uncrossable

MARK = "✗ "  # before each line of a traceback that is for the student to read
TIMED_OUT = "CellTimeoutError"  # nbclient's name
ANY_CHECK = "A check of this cell failed."
FAULT = "This check could not be run, which is a fault of the test"
NOT_IMPLEMENTED = "is not implemented yet."
UNUSABLE = "cannot be used as the task says"
TOKEN = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?|\w+|[^\s\w -~]+")  # numbers, words, and what is not ASCII
FACTOR = re.compile(r"[\d.e+-]*\.[\d.e+-]* (?=times too)")  # 25 times says something of all who make that mistake
UNKNOWN = "…"
COUNT, SOME = re.compile(r"\b\d+ of (\d+)\b"), r"some of \1"


class Mistake(NamedTuple):
    """A failed check.

    Parameters
    ----------
    told : str
        What the student reads.
    common : str
        The same for all who make the mistake; of what the student has written or returned nothing is in it.
    timed_out : bool
        Whether the check was not done in time.
    """

    told: str
    common: str
    timed_out: bool = False


def mistake(error, known=frozenset()):
    """What an exception in a test cell means.

    An assertion speaks for itself; whatever else happened, happened in the student's code or with what it returned.

    Parameters
    ----------
    error : Exception
    known : set of str
        What instructors have written, see `tokens`. Of an assertion's words, which may quote what the student's code
        returned, no others are in what is common.

    Returns
    -------
    Mistake
    """

    known = {"some", *known}

    def common(text):
        text = COUNT.sub(SOME, text)
        masked = TOKEN.sub(lambda token: token[0] if token[0] in known else UNKNOWN, text)
        return re.sub(rf"{UNKNOWN}(?:\W{{0,4}}{UNKNOWN})+", UNKNOWN, masked)

    if isinstance(error, CheckFailed):
        return Mistake(str(error), f"{common(error.what)}: {FACTOR.sub(f'{UNKNOWN} ', COUNT.sub(SOME, error.problem))}")
    if isinstance(error, StudentRaised):
        return _raised(error.type, error.message, error.function or error.name, error.source, common)
    if isinstance(error, StudentError):
        told, name = f"{error}.", common(error.name)
        if isinstance(error, StudentTimeout):
            return Mistake(told, f"{name} gave no answer in time.", timed_out=True)
        if isinstance(error, KernelDied):
            return Mistake(told, "The student's kernel had died, or was ended, before this check.")
        if isinstance(error, BadAnswer):
            return Mistake(told, f"The answer of {name} was not valid.")
        if isinstance(error, Uncrossable):
            return Mistake(told, f"{name} gives something else than plain data.")
        return Mistake(told, f"{name} could not be used.")
    if isinstance(error, BorderError):
        return Mistake(f"{FAULT}: {error}", f"{FAULT}.")
    frames = traceback.extract_tb(error.__traceback__)
    student = [frame for frame in frames if frame.filename.startswith("<student:")]
    if student:
        line = linecache.getline(student[-1].filename, student[-1].lineno).strip()
        return _raised(type(error).__name__, str(error), student[-1].name, line, common)
    if isinstance(error, AssertionError):
        text = str(error)
        return Mistake(text, common(text)) if text else Mistake(ANY_CHECK, ANY_CHECK)
    if isinstance(error, NameError) and error.name:  # it has none if a variable was not set on the test's own way
        return Mistake(
            f"{error.name} is not defined. Was its cell run without an error?", f"{common(error.name)} is not defined."
        )
    kind = type(error).__name__
    return Mistake(
        f"What your code returned {UNUSABLE} ({kind}: {error}).", f"What the code returned {UNUSABLE} ({kind})."
    )


def _raised(kind, message, function, line, common):
    """What the student's own code raised."""
    if kind == "NotImplementedError":
        return Mistake(f"{function} {NOT_IMPLEMENTED}", f"{common(function)} {NOT_IMPLEMENTED}")
    where = f" in your line `{line}`" if line else ""
    return Mistake(f"{kind}{where}{': ' if message else '.'}{message}", _of_kind(kind))


def in_kernel(name):
    """What is common to the exceptions of a kind that end a test cell in the student's own kernel."""
    return ANY_CHECK if name == "AssertionError" else _of_kind(name)


def _of_kind(name):
    kind = getattr(builtins, name, None)
    known = isinstance(kind, type) and issubclass(kind, BaseException)
    return f"{name if known else 'An exception'} in the student's code."


def problem(*mistakes):
    """An error output; nbgrader gives no points for a test cell that has one.

    The traceback is what the student reads, the value what is common to all who make these mistakes, both a line each.
    The name is nbclient's for a cell that was not done in time, if that is what happened.
    """
    name = TIMED_OUT if any(mistake.timed_out for mistake in mistakes) else "CheckFailed"
    common = "\n".join(" ".join(mistake.common.split()) for mistake in mistakes)
    return new_output("error", ename=name, evalue=common, traceback=[f"{MARK}{mistake.told}" for mistake in mistakes])


def told(error):
    """What the student is told by an error output that is a `problem`, a list of str; [] if it is another one."""
    return [line.removeprefix(MARK) for line in error["traceback"] if line.startswith(MARK)]


def unmarked(traceback):
    """A traceback of the student's kernel, with no line that poses as what a `problem` tells."""
    return [line.replace(MARK, "") for line in map(str, traceback)]


def unended(cell):
    """Whether a cell did not come to an end: its time was over, or its kernel died."""
    return any(output.get("ename") == TIMED_OUT for output in cell.get("outputs", []))


def tokens(*sources):
    """The words and numbers of cells."""
    return {token for source in sources for token in TOKEN.findall(source)}
