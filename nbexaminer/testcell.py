"""Run a test cell statement by statement, so that every check of it is run and reported."""

import ast
import linecache
import traceback

from nbexaminer.checks import CheckFailed


def run(source, namespace):
    """Run a test cell and say what failed.

    Each statement is run even if an earlier one failed, unless it uses a name that the failed one
    should have set: such a failure would only repeat the first.

    Parameters
    ----------
    source : str
        Python code of the cell.
    namespace : dict
        The names the cell sees; what it sets stays there.

    Returns
    -------
    list of str
        One message for a student per failed check, without repetitions; empty if all passed.
    """
    failures = []
    missing = set()
    for statement in ast.parse(source).body:
        stored, loaded = _names(statement)
        if loaded & missing:
            missing |= stored
            continue
        try:
            # annotations and the like of this file must not leak into the cell
            exec(compile(ast.Module([statement], []), "<test cell>", "exec", dont_inherit=True), namespace)
            missing -= stored
        except Exception as error:
            missing |= stored
            message = describe(error)
            if message not in failures:
                failures.append(message)
    return failures


def _names(statement):
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
    frames = traceback.extract_tb(error.__traceback__)
    student = [frame for frame in frames if frame.filename.startswith("<student:")]
    if isinstance(error, NotImplementedError) and student:
        return f"{student[-1].name} is not implemented yet."
    if student:
        line = linecache.getline(student[-1].filename, student[-1].lineno).strip()
        where = f" in your line `{line}`" if line else ""
        return f"{type(error).__name__}{where}: {error}"
    if isinstance(error, AssertionError):
        return str(error) or "A check of this cell failed."
    if isinstance(error, NameError):
        return f"{error.name} is not defined. Was its cell run without an error?"
    return f"What your code returned cannot be used as the task says ({type(error).__name__}: {error})."
