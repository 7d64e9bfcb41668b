"""`expect` accepts what is right and says in a student's words what is not."""

import numpy as np
import pytest

from nbexaminer import CheckFailed, either, expect

M = np.array([[1.0, 2.0], [3.0, 5.0]])


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (2, 2.0),
        (True, 1.0),
        (np.float32(0.1), 0.1),
        (np.array([[2.0]]), 2.0),
        ([1, 2], np.array([1.0, 2.0])),
        ((1, 2), [1.0, 2.0]),
        (np.array([False, True]), [0.0, 1.0]),
        (M.astype(np.float32), M),
        (M.tolist(), M),
        ([M, [1, 2]], (M, np.array([1.0, 2.0]))),
        ((M, 3), {"ws": M, "b": 3.0}),
        (("whatever", 3), {"ws": ..., "b": 3.0}),
        (([M, M[:1]], 0), {"ws": [M, M[:1]], "b": 0.0}),
        (4, either(3.0, 4.0)),
        (4, either(lambda: 1 / 0, lambda: 4.0)),
        ((M, 4), {"ws": M, "b": either(3.0, 4.0)}),
        (np.zeros(0), np.zeros(0)),
    ],
)
def test_accepts(actual, expected):
    expect(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "says"),
    [
        (None, 1.0, "nothing was returned (None), expected a number"),
        (None, {"ws": M, "b": 1.0}, "expected 2 values (ws, b)"),
        ("0.5", 0.5, "expected a number, got text"),
        (max, 0.5, "are the brackets of a call missing"),
        ({}, M, "got a dict"),
        (np.array(["1", "2"]), [1.0, 2.0], "got an array of <U1 values"),
        (1 + 2j, 1.0, "got a value of type complex"),
        ([[1, 2], [3]], M, "no array of numbers"),
        ((M,), {"ws": M, "b": 1.0}, "expected 2 values (ws, b), got 1"),
        (M, {"ws": M, "b": 1.0}, "ws: expected an array of shape (2, 2), got an array of shape (2,)"),
        ([M], [M, M], "expected a list of 2 arrays, got 1"),
        ((M, "x"), {"ws": M, "b": 1.0}, "b: expected a number, got text"),
        (([M, M], 1.0), {"ws": [M, -M], "b": 1.0}, "ws[1]: the sign is wrong"),
        (np.zeros((3, 3)), np.zeros((3, 1)), "numpy blew them up to (3, 3)"),
        (np.zeros((3, 3)), np.zeros(3), "numpy blew them up to (3, 3)"),
        (np.array([[1.0, 2.0, 3.0]]).T, np.array([[1.0, 2.0, 3.0]]), "The array is transposed"),
        (np.zeros(4), np.ones((2, 2)), "their arrangement is not"),
        ([1.0, 2.0], 1.5, "Is a sum or a mean missing?"),
        (1.5, [1.0, 2.0], "Was a sum or a mean taken over everything?"),
        ([1.0, np.nan], [1.0, 2.0], "nan (not a number)"),
        ([1.0, np.inf], [1.0, 2.0], "infinite"),
        (-M, M, "the sign is wrong"),
        (2 * M, M, "2 times too large"),
        (M / 25, M, "25 times too small"),
        (-3 * M, M, "with the wrong sign and 3 times too large"),
        (M.T, M, "transposed"),
        (0.5, 1.0, "2 times too small"),
        (0.9, 1.0, "the value is not right"),
        ([1.0, 2.0, 4.0], [1.0, 2.0, 3.0], "1 of 3 values are not right"),
        (5.0, either(3.0, 4.0), "not right"),
    ],
)
def test_says_what_is_wrong(actual, expected, says):
    with pytest.raises(CheckFailed) as failed:
        expect(actual, expected, "the answer")
    assert str(failed.value).startswith("the answer: ")
    assert says in str(failed.value)


def test_names_the_mistake_before_its_symptom():
    with pytest.raises(CheckFailed, match="the mean is missing"):
        expect(M, 2.75, mistakes={"something else": 3.0, "the mean is missing": M})


def test_mistakes_can_wait_until_they_are_needed():
    expect(2.75, 2.75, mistakes=lambda: pytest.fail("the answer is right"))
    with pytest.raises(CheckFailed, match="the mean is missing"):
        expect(M, 2.75, mistakes=lambda: {"the mean is missing": M})


def test_a_mistake_that_leaves_no_trace_is_not_named():
    with pytest.raises(CheckFailed, match="1 of 2 values"):
        expect([1.0, 2.0], [1.0, 3.0], mistakes={"no trace here": [1.0, 3.0]})


@pytest.mark.parametrize("actual", [-0.7, 1.4, [0.7, 0.7], "0.7", None, np.nan, 0.7001])
def test_does_not_give_the_answer_away(actual):
    with pytest.raises(CheckFailed) as failed:
        expect(actual, 0.7)
    assert "0.7" not in str(failed.value)


def test_tolerance_is_relative_to_the_largest_value():
    expect([100.0, 1e-4], [100.0, 0.0])
    with pytest.raises(CheckFailed):
        expect([100.0, 1e-2], [100.0, 0.0])
    with pytest.raises(CheckFailed):
        expect(1.00001, 1.0, rtol=1e-8)


class Hostile:
    def __array__(self, *args, **kwargs):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")


def test_objects_that_resist_fail_the_check_like_any_other():
    for expected in (1.0, M, {"a": 1.0}, [M, M]):
        with pytest.raises(CheckFailed, match="expected"):
            expect(Hostile(), expected)
