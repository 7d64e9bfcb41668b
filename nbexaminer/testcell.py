"""Run a test cell statement by statement, so that every check of it is run and reported."""

import ast
import functools

from IPython.core.inputtransformer2 import TransformerManager

from nbexaminer.mistakes import mistake, tokens


def run(code, namespace, known=None):
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
    known : set of str
        The words of the instructor's cells, see `mistakes.mistake`; by default of this one.

    Returns
    -------
    failures : list of mistakes.Mistake
        One per problem, told for the first check that has it; empty if all passed.
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
            failure = mistake(error, tokens(code) if known is None else known)
            failures.setdefault(getattr(error, "problem", failure.told), failure)
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
