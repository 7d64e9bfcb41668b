"""Every reference number of the hidden tests is what the oracle finds, to ten digits."""

import re

import pytest
from nbformat import from_dict

import course
import nbexaminer
import oracle
from nbexaminer import checks

READINGS = {
    "by z, after the last update": oracle.answers(),
    "by the prediction, before the last update": oracle.answers(oracle.BEFORE, by="prediction"),
}
NOTEBOOK = course.cells()
EVERY = 8  # of the reference numbers one is made wrong; all of them would take a minute


class LiteralsOnly(checks.either):
    """`either` without what is computed from a student's own functions: those must not stand in for a literal."""

    def __init__(self, *alternatives):
        super().__init__(*(a for a in alternatives if not callable(a)))


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    monkeypatch.setattr(checks, "RTOL", 1e-10)
    monkeypatch.setattr(nbexaminer, "either", LiteralsOnly)


def with_source(name, source):
    """The notebook with other code in one cell."""
    return NOTEBOOK | {name: from_dict(NOTEBOOK[name] | {"source": source})}


def literals(name):
    """Where the reference numbers of a graded cell are: numbers with so many digits as nobody types."""
    return [match.span() for match in re.finditer(r"\d+\.\d{9,}", NOTEBOOK[name].source)]


@pytest.mark.parametrize("reading", READINGS)
def test_oracle_gets_all_points(reading):
    failures = course.grade(READINGS[reading], notebook=NOTEBOOK)
    assert {name: messages for name, messages in failures.items() if messages} == {}
    assert course.score(failures) == 100


@pytest.mark.parametrize("name", [name for name in course.points(NOTEBOOK) if literals(name)])
def test_a_wrong_reference_number_is_noticed(name, monkeypatch):
    monkeypatch.setattr(oracle, "LONG", 0)  # float64 has digits enough for this
    source = NOTEBOOK[name].source

    def noticed(notebook):
        return any(course.grade(answers, [name], notebook)[name] for answers in READINGS.values())

    assert not noticed(NOTEBOOK)
    unnoticed = []
    for start, stop in literals(name)[::EVERY]:
        wrong = f"{float(source[start:stop]) * (1 + 1e-6):.16g}"
        if not noticed(with_source(name, source[:start] + wrong + source[stop:])):
            unnoticed.append(source[start:stop])
    assert unnoticed == []
