"""What is said of a mistake to the class is the same for all who make it, and holds no word of a student's."""

import numpy as np
import pytest

from nbexaminer.border import BorderError
from nbexaminer.checks import CheckFailed, expect
from nbexaminer.mistakes import in_kernel, mistake, tokens
from nbexaminer.student import BadAnswer, KernelDied, StudentError, StudentTimeout, Uncrossable, raised_as

KNOWN = tokens(
    "assert double(2) == 4, f'double(2) gives {double(2)!r} of 2'\n"
    "assert cost < 0.35, f'their cost is {cost:.3f}, with a right training it is below {0.35}.'\n"
    "expect(tanh(x), 1, 'tanh(x)', mistakes={'the square is missing.': 2})"
)


def raised(kind, message="by Anna", function="anna", source="return anna()"):
    return raised_as(kind)("tanh", kind, message, function, "Cell In[3]", 2, source)


@pytest.mark.parametrize(
    ("error", "common"),
    [
        (CheckFailed("tanh(x)", "the square is missing."), "tanh(x): the square is missing."),
        (CheckFailed("tanh(x)", "3 of 25 values are not right."), "tanh(x): some of 25 values are not right."),
        (AssertionError("double(2) gives 'Anna Meyer, anna@mail.org'"), "double(2) gives '…'"),
        (
            AssertionError("their cost is 0.412, with a right training it is below 0.35."),
            "their cost is …, with a right training it is below 0.35.",
        ),
        (AssertionError("double(2) gives 7 of 25"), "double(2) gives some of …"),
        (AssertionError("double(2) gives 3 of 2"), "double(2) gives some of 2"),
        (AssertionError(), "A check of this cell failed."),
        (raised("ValueError"), "ValueError in the student's code."),
        (raised("AssertionError"), "AssertionError in the student's code."),
        (raised("AnnaError"), "An exception in the student's code."),
        (raised("NotImplementedError"), "… is not implemented yet."),
        (raised("NotImplementedError", function="double"), "double is not implemented yet."),
        (StudentTimeout("tanh", 60), "tanh gave no answer in time."),
        (KernelDied("tanh", "it said: Anna"), "The student's kernel had died, or was ended, before this check."),
        (BadAnswer("tanh", "the answer of tanh was 'Anna'"), "The answer of tanh was not valid."),
        (Uncrossable("tanh", "tanh gives an Anna object"), "tanh gives something else than plain data."),
        (StudentError("tanh", "tanh was not used any more: Anna"), "tanh could not be used."),
        (BorderError("Anna"), "This check could not be run, which is a fault of the test."),
        (NameError("name 'anna'", name="anna"), "… is not defined."),
        (NameError("name 'tanh'", name="tanh"), "tanh is not defined."),
        (UnboundLocalError("Anna"), "What the code returned cannot be used as the task says (UnboundLocalError)."),
        (CheckFailed("tanh(x)", "off by 1.23 times too large."), "tanh(x): off by … times too large."),
        (CheckFailed("tanh(x)", "off by 25 times too large."), "tanh(x): off by 25 times too large."),
        (AssertionError("double(2) gives 'Ann\u0301 \x1b[31m ☺'"), "double(2) gives '…'"),
        (TypeError("'Anna'"), "What the code returned cannot be used as the task says (TypeError)."),
    ],
)
def test_common(error, common):
    found = mistake(error, KNOWN)
    assert found.common == common
    assert found.timed_out == isinstance(error, StudentTimeout)
    assert "nna" not in found.common


def test_the_student_is_told_more():
    assert mistake(raised("ValueError"), KNOWN).told == "ValueError in your line `return anna()`: by Anna"
    assert mistake(AssertionError("double(2) gives 'Anna'")).told == "double(2) gives 'Anna'"


def test_how_many_values_are_wrong_makes_no_other_mistake():
    def common(*wrong):
        with pytest.raises(CheckFailed) as failure:
            expect(np.array([*wrong, *range(9)]), [7.0, 8, *range(9)], "tanh(x)")
        return mistake(failure.value, KNOWN).common

    assert common(0, 8) == common(0, 1)


def test_in_the_students_kernel():
    assert in_kernel("AssertionError") == "A check of this cell failed."
    assert in_kernel("KeyError") == "KeyError in the student's code."
    assert in_kernel("Anna") == "An exception in the student's code."
