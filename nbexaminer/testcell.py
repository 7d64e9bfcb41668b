"""Run a test cell statement by statement, so that every check of it is run and reported."""

import ast
import functools
import linecache
import traceback

from IPython.core.inputtransformer2 import TransformerManager

from nbexaminer.border import BorderError
from nbexaminer.checks import CheckFailed
from nbexaminer.student import StudentError, StudentRaised


def run(code, namespace):
    """Run a test cell and say what failed.

    Names of functions that failed cells call are collected in ``namespace["__failed__"]``, so that later cells know
    which mistakes have been paid for.

    Each statement is run even if an earlier one failed, unless it uses a name that the failed one
    should have set: such a failure would only repeat the first.

    Parameters
    ----------
    code : str
        The cell.
    namespace : dict
        The names the cell sees; what it sets stays there.

    Returns
    -------
    failures : list of str
        One message for a student per problem, told for the first check that has it; empty if all passed.
    value
        Of the last statement, if that is an expression: nbgrader takes a number for partial credit.

    Raises
    ------
    SyntaxError
    """
    failures, value = {}, None
    missing = set()
    tree = parse(code)
    failed = namespace.setdefault("__failed__", set())
    for statement in tree.body:
        stored, loaded = names(statement)
        if loaded & missing:
            missing |= stored
            continue
        try:
            value = _run_statement(statement, namespace)
            missing -= stored
        except Exception as error:
            missing |= stored
            message = describe(error)
            failures.setdefault(getattr(error, "problem", message), message)
    if failures:
        calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
        failed.update(function.id for function in calls if isinstance(function, ast.Name))
    return list(failures.values()), value


@functools.lru_cache(1000)  # the same cells for every submission
def parse(source):
    """A cell as a Python module; magics, which mean nothing outside of a kernel, are left out. Not to be changed."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    tree.body = [statement for statement in tree.body if not ast.unparse(statement).startswith("get_ipython()")]
    return tree


def defined(source):
    """The names that a cell defines; none if it does not parse."""
    try:
        return set().union(*(names(statement)[0] for statement in parse(source).body))
    except SyntaxError:
        return set()


def _run_statement(statement, namespace):
    """Run one statement; the value of an expression."""
    # annotations and the like of this file must not leak into the cell
    if isinstance(statement, ast.Expr):
        expression = ast.Expression(statement.value)
        return eval(compile(expression, "<test cell>", "eval", dont_inherit=True), namespace)
    exec(compile(ast.Module([statement], []), "<test cell>", "exec", dont_inherit=True), namespace)
    return None


def names(statement):
    """The names that a statement sets, and those it uses when it is run."""
    if isinstance(statement, ast.FunctionDef):  # what its body uses matters only when it is called
        return {statement.name}, set()
    stored, loaded = set(), set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            (loaded if isinstance(node.ctx, ast.Load) else stored).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            stored.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            stored.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
    return stored, loaded


def describe(error):
    """Say in a student's words what an exception in a test cell means.

    An assertion speaks for itself; whatever else happened, happened in the student's code or
    with what it returned.
    """
    if isinstance(error, CheckFailed):
        return str(error)
    if isinstance(error, StudentRaised):
        return _raised(error.type, error.message, error.function or error.name, error.source)
    if isinstance(error, StudentError):
        return f"{error}."
    if isinstance(error, BorderError):
        return f"This check could not be run, which is a fault of the test: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    student = [frame for frame in frames if frame.filename.startswith("<student:")]
    if student:
        line = linecache.getline(student[-1].filename, student[-1].lineno).strip()
        return _raised(type(error).__name__, str(error), student[-1].name, line)
    if isinstance(error, AssertionError):
        return str(error) or "A check of this cell failed."
    if isinstance(error, NameError):
        return f"{error.name} is not defined. Was its cell run without an error?"
    return f"What your code returned cannot be used as the task says ({type(error).__name__}: {error})."


def _raised(kind, message, function, line):
    """What the student's own code raised."""
    if kind == "NotImplementedError":
        return f"{function} is not implemented yet."
    where = f" in your line `{line}`" if line else ""
    return f"{kind}{where}{': ' if message else '.'}{message}"
