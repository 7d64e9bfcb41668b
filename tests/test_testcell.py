"""A test cell is run statement by statement; each failure is told once, in a student's words."""

import textwrap

import pytest

import course
from nbexaminer import testcell


def run(cell, student="", namespace=None):
    namespace = {} if namespace is None else namespace
    course.run_cell(textwrap.dedent(student), namespace, "<student: cell>")
    return [mistake.told for mistake in testcell.run(textwrap.dedent(cell), namespace)[0]]


def test_every_check_is_run():
    assert run("assert 1 == 2, 'one'\nassert True\nassert 3 == 4, 'two'") == ["one", "two"]


def test_what_follows_from_a_failure_is_not_told_again():
    cell = """
        result = answer()
        assert result == 1, 'follows'
        assert [result for _ in 'ab'] == [1, 1], 'follows, too'
        other = result + 1
        assert other == 2, 'follows as well'
        assert 1 == 2, 'on its own'
    """
    failures = run(cell, "def answer():\n    return 1 / 0")
    assert failures == ["ZeroDivisionError in your line `return 1 / 0`: division by zero", "on its own"]


def test_a_name_set_again_is_known_again():
    assert run("x = 1 / 0\nx = 1\nassert x == 2, 'seen'")[-1] == "seen"


def test_a_function_of_the_test_does_not_depend_on_what_its_body_mentions():
    cell = "result = answer()\ndef f(result):\n    return result\nassert f(1) == 2, 'seen'"
    assert run(cell, "def answer():\n    raise ValueError()")[-1] == "seen"


@pytest.mark.parametrize(
    ("student", "says"),
    [
        ("def f(x):\n    raise NotImplementedError()", "f is not implemented yet."),
        ("def f(x):\n    return y", "NameError in your line `return y`: name 'y' is not defined"),
        ("def f(x:", "f is not defined. Was its cell run without an error?"),
        ("def f():\n    return 1", "What your code returned cannot be used as the task says (TypeError: "),
        ("def f(x):\n    assert x == 2", "AssertionError in your line `assert x == 2`"),
        ("def f(x):\n    return f(x)", "RecursionError in your line `return f(x)`: "),
    ],
)
def test_errors_are_told_in_the_students_words(student, says):
    (failure,) = run("assert f(1) == 1", student)
    assert failure.startswith(says)


def test_an_assertion_without_words_still_fails():
    assert run("assert 1 == 2") == ["A check of this cell failed."]


def test_names_set_by_a_cell_stay():
    namespace = {}
    assert run("def helper():\n    return 1\nimport math as m", namespace=namespace) == []
    assert namespace["helper"]() == 1 and namespace["m"].pi > 3
