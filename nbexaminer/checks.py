"""`expect`: compare what a student's code returned with what it should have returned.

A mismatch is told in a student's words: what was wrong, never what the right number is.
"""

from collections.abc import Mapping, Sequence

import numpy as np

RTOL = 1e-5
"""Allowed difference, relative to the largest number of the expected array.

Wide enough for float32 and for clipped logarithms, far below the trace of any real mistake.
"""


class CheckFailed(AssertionError):
    """A student's answer is not what it should be.

    Attributes
    ----------
    what : str
        What was looked at.
    problem : str
        What is wrong with it, in words meant for the student.
    """

    def __init__(self, what, problem):
        super().__init__(f"{what}: {problem}")
        self.what, self.problem = what, problem


class either:  # noqa: N801 - reads as a word in `expect(x, either(a, b))`
    """Several answers that are equally right, for where a question leaves room.

    An alternative may be a function without arguments: it is called for the answer, only when the
    alternatives before it do not fit. If it raises, there is no such alternative. So an answer can be
    computed with the student's own functions, which may have errors that were paid for elsewhere.
    """

    def __init__(self, *alternatives):
        self.alternatives = alternatives


def expect(actual, expected, what="the result", *, rtol=None, mistakes=None):
    """Check that `actual`, which came from a student, is `expected`.

    Parameters
    ----------
    actual : anything
        What the student's code returned. Numbers may come as any number type, arrays as arrays
        or as (nested) lists, tuples as lists.
    expected : number, array, list, dict, either, or ...
        - a number or an array: the same shape and, within the tolerance, the same numbers;
          for a number, any array that holds exactly one;
        - a list or tuple with arrays in it: as many parts, each checked;
        - a dict ``{name: part}``: a tuple of these parts in this order; the names are for messages;
        - ``...``: anything will do;
        - ``either(a, b)``: any of them.
    what : str
        What is being looked at, in the words of the question ("tanh(x) of a 2 by 3 array").
    rtol : float
        Allowed difference relative to the largest expected number of an array; `RTOL` if None.
    mistakes : dict of str to anything, or a function that gives one
        ``{hint: what that mistake would give}``, each value in a form that `expected` may have.
        A hint is given when the answer is what its mistake gives. A function is called only if the
        answer is not right: most are, and what mistakes would give can take long to compute.

    Raises
    ------
    CheckFailed
        With the first that applies of: wrong type, one of the named mistakes, wrong shape,
        not finite, wrong sign, a constant factor, transposed, how many values are off.
    """
    rtol = RTOL if rtol is None else rtol
    problem = _problem(actual, expected, rtol)
    if problem is None:
        return
    for hint, value in (mistakes() if callable(mistakes) else mistakes or {}).items():
        # a mistake whose trace is below the tolerance says nothing about this answer
        if _problem(actual, value, rtol) is None:
            raise CheckFailed(what, hint)
    raise CheckFailed(what, problem)


def _problem(actual, expected, rtol, name=""):
    """Say in words how `actual` differs from `expected`, or None if it does not."""
    if expected is ...:
        return None
    if isinstance(expected, either):
        return _either_problem(actual, expected, rtol, name)
    if isinstance(expected, Mapping):
        return _parts_problem(actual, dict(expected), rtol, name, ", ".join(expected))
    if _holds_arrays(expected):
        parts = {f"{name}[{i}]": part for i, part in enumerate(expected)}
        return _parts_problem(actual, parts, rtol, name, "arrays")
    return _array_problem(actual, np.asarray(expected, dtype=float), rtol, f"{name}: " if name else "")


def _either_problem(actual, expected, rtol, name):
    first = None
    for alternative in expected.alternatives:
        if callable(alternative):
            try:
                alternative = alternative()
            except Exception:
                continue
        problem = _problem(actual, alternative, rtol, name)
        if problem is None:
            return None
        first = first or problem
    return first


def _holds_arrays(value):
    return isinstance(value, Sequence) and any(
        isinstance(part, np.ndarray | Mapping | either) or part is ... or _holds_arrays(part)
        for part in value
        if not isinstance(part, str)
    )


def _parts_problem(actual, parts, rtol, name, content):
    prefix = f"{name}: " if name else ""
    wanted = f"{len(parts)} values ({content})" if content != "arrays" else f"a list of {len(parts)} arrays"
    if actual is None:
        return f"{prefix}nothing was returned (None), expected {wanted}. Is there a return?"
    if isinstance(actual, np.ndarray):
        actual = list(actual) if actual.ndim else [actual]
    if isinstance(actual, Mapping) or not isinstance(actual, Sequence) or isinstance(actual, str):
        return f"{prefix}expected {wanted}, got {_kind(actual)}."
    if len(actual) != len(parts):
        return f"{prefix}expected {wanted}, got {len(actual)}."
    for (part_name, part), value in zip(parts.items(), actual, strict=True):
        problem = _problem(value, part, rtol, part_name)
        if problem:
            return problem
    return None


def _array_problem(actual, expected, rtol, prefix):
    wanted = "a number" if expected.ndim == 0 else f"an array of shape {expected.shape}"
    if actual is None:
        return f"{prefix}nothing was returned (None), expected {wanted}. Is there a return?"
    try:
        array = np.asarray(actual)
    except Exception:  # lists of unequal lengths, or objects that resist
        return f"{prefix}expected {wanted}, got {_kind(actual)} that is no array of numbers."
    if array.dtype.kind not in "biuf":
        return f"{prefix}expected {wanted}, got {_kind(actual)}."
    array = array.astype(float)
    if expected.ndim == 0 and array.size == 1:
        array = array.reshape(())
    if array.shape != expected.shape:
        return f"{prefix}expected {wanted}, got {_shape_words(array.shape)}.{_shape_reason(array, expected, rtol)}"
    if not np.isfinite(array).all():
        bad = "nan (not a number)" if np.isnan(array).any() else "infinite"
        return (
            f"{prefix}holds values that are {bad}. Look for a division by 0, a logarithm of 0, "
            "or steps that are so large that the numbers explode."
        )
    if _close(array, expected, rtol):
        return None
    return prefix + _difference(array, expected, rtol)


def _difference(array, expected, rtol):
    """How two finite arrays of the same shape differ."""
    if _close(array, -expected, rtol):
        return "the sign is wrong: the values are right except that plus and minus are exchanged."
    norm = float((expected * expected).sum())
    factor = float((array * expected).sum()) / norm if norm else 0.0
    if abs(factor) > 1e-12 and expected.size > 1 and _close(array, factor * expected, rtol * abs(factor)):
        return f"all values are off by the same factor, {_factor_words(factor)}."
    if expected.ndim == 0:
        for factor in (2.0, 0.5):
            if _close(array, factor * expected, rtol):
                return f"the value is off by a factor, {_factor_words(factor)}."
        return "the value is not right."
    if expected.ndim == 2 and expected.shape[0] == expected.shape[1] and _close(array.T, expected, rtol):
        return "the array is transposed: rows and columns are exchanged."
    off = int((np.abs(array - expected) > _tolerance(expected, rtol)).sum())
    return f"{off} of {expected.size} values are not right."


def _factor_words(factor):
    sign = "with the wrong sign and " if factor < 0 else ""
    size = abs(factor)
    if size >= 1:
        return f"{sign}{size:.4g} times too large"
    return f"{sign}{1 / size:.4g} times too small"


def _shape_words(shape):
    return f"an array of shape {shape}" if shape else "a single number"


def _shape_reason(array, expected, rtol):
    """The usual reason for a wrong shape, as a sentence with a space before it, or nothing."""
    m = max(expected.shape, default=0)
    if array.ndim == 2 and m > 1 and array.shape == (m, m) and expected.size == m:
        return (
            f" An array of shape ({m},) met one of shape ({m}, 1), and numpy blew them up to ({m}, {m}): "
            "give both the same shape."
        )
    if array.shape == expected.shape[::-1] and _close(array.T, expected, rtol):
        return " The array is transposed: rows and columns are exchanged."
    if array.size == expected.size:
        return " The number of values is right, their arrangement is not."
    if expected.ndim == 0:
        return " Is a sum or a mean missing?"
    if array.ndim == 0:
        return " Was a sum or a mean taken over everything?"
    return ""


def _tolerance(expected, rtol):
    """Absolute tolerance: relative to the largest number, so that zeros need no rule of their own."""
    return rtol * (np.abs(expected).max(initial=0.0) or 1.0)


def _close(array, expected, rtol):
    return bool((np.abs(array - expected) <= _tolerance(expected, rtol)).all())


def _kind(value):
    """What a value is, in the words of a student: type first."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} values"
    if callable(value):
        return "a function (are the brackets of a call missing?)"
    name = type(value).__name__
    return {"str": "text", "list": "a list", "tuple": "a tuple", "dict": "a dict"}.get(name, f"a value of type {name}")
