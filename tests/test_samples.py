"""Right answers get all points however they are written; wrong ones lose theirs, and are told why."""

import re

import pytest

import course
from samples import ROOT, complete, model_answers, read_sample

RIGHT = sorted(ROOT.glob("samples/right/*.py"))
WRONG = sorted(ROOT.glob("samples/wrong/*.py"))
# told only that values are wrong: numpy blows the arrays up inside the function, what comes back has the right shape
NOT_TOLD = {"gradient_descent_blows_up_to_m_by_m"}


def graded(path):
    """What a sample says about itself, and its failures; a training of the model solution alone is not done again."""
    about, answers = sample = read_sample(path)
    if about.get("base") != "release":
        same = {name for name, functions in course.OUTCOMES.items() if not functions & set(answers)}
    else:
        same = set()
    return about, course.grade(complete(sample, model_answers()), only=set(course.points()) - same)


def test_there_are_enough_samples():
    assert len(RIGHT) >= 15
    assert len(WRONG) >= 50
    assert len(NOT_TOLD) <= len(WRONG) / 10


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_right_answers_get_all_points(path):
    _, failures = graded(path)
    assert {name: messages for name, messages in failures.items() if messages} == {}


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_wrong_answers_lose_points_where_they_should(path):
    about, failures = graded(path)
    lost = {name for name, messages in failures.items() if messages}
    loses = set(about["loses"].split())
    # what follows from the mistake and cannot be carried forward: functions that cannot run, trainings gone wrong
    also = set(about.get("also loses", "").split())
    assert loses <= lost, "a wrong answer keeps its points"
    assert lost - set(course.OUTCOMES) <= loses | also, "points are lost where nothing is wrong"
    if path.stem not in NOT_TOLD:
        messages = [message for name in loses for message in failures[name]]
        assert any(re.search(about["told"], message, re.I) for message in messages), messages
