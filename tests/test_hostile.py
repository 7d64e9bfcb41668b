"""Attacks get nothing: every sample of samples/hostile/, graded between honest students by nbexaminer."""

import os
import time
from pathlib import Path

import pytest

import attacks
from attacks import ASSIGNMENT, FULL, HONEST, HOSTILE
from samples import read_sample

MEMORY = 700  # MiB that a process of the grader may hold: what it starts with, examine.FLOOD, and 20 ms of a flood
SECONDS = 600  # for the whole class, most of it timeouts that samples wait for


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    start = time.monotonic()
    got, points, over, peak = attacks.nbexaminer(HOSTILE, folder)
    return {
        "got": got,
        "points": points,
        "over": over,
        "peak": peak,
        "seconds": time.monotonic() - start,
        "course": folder / "course",
    }


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_an_attack_gets_nothing(graded, path):
    about = read_sample(path)[0]
    points = graded["points"][path]
    if about.get("may be refused") == "yes" and points is None:
        points = 0
    assert points is not None, "not graded"
    assert float(about.get("keeps", 0)) <= points <= float(about["points"])
    loot = [word for word in graded["got"][path] if not word.endswith("points") and word != "is not graded"]
    assert loot == []


def test_there_are_enough_attacks():
    assert len(HOSTILE) >= 30
    assert all("must not get" in read_sample(path)[0] for path in HOSTILE)


def test_the_run_ends_and_everybody_else_is_unaffected(graded):
    assert graded["over"]
    assert graded["seconds"] < SECONDS
    points = attacks.points(graded["course"])
    assert {student: points.get(student) for student in HONEST} == dict.fromkeys(HONEST, FULL)


def test_the_memory_of_the_grader_is_bounded(graded):
    assert graded["peak"] < MEMORY


def test_notebooks_stay_small_enough_to_look_at(graded):
    for notebook in graded["course"].glob(f"autograded/*/{ASSIGNMENT}/*.ipynb"):
        assert notebook.stat().st_size < 25_000_000, notebook


def test_no_process_is_left(graded):
    def left():
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if b"987.25" in command and int(folder.name) != os.getpid():
                yield command

    assert list(left()) == []


def test_no_file_of_a_student_is_left_in_the_course(graded):
    assert attacks.touched(graded["course"]) == []
    assert not list(graded["course"].parent.glob("canaries/written"))
