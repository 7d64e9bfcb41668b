"""`nbexaminer report`: what it says is what the gradebook and the notebooks say, and nothing in it is obeyed."""

import csv
import json
import re
import shutil
import sys
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes
from nbgrader.api import Gradebook
from nbgrader.converters import NbGraderException
from nbgrader.coursedir import CourseDirectory

import tiny
from nbexaminer import page, results
from nbexaminer.report import Report
from nbexaminer.results import _checks, gather, separation, summary, without_names
from samples import PLUGGED_IN
from tiny import NAME, RIGHT, WRONG, autograde, nbexaminer, submit

RAISES = 'def double(x):\n    raise ValueError("<script>alert(1)</script> by Eve")'
UNDONE = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
LOOPS = "def double(x):\n    while True:\n        pass"
NAMED = "&lt;b&gt; O'Hara"  # may be a folder, and looks like HTML
CLASS = {
    "anna": RIGHT,
    "bert": WRONG,
    "=1+1": RIGHT,
    "eve": RAISES,
    "finn": LOOPS,
    NAMED: RIGHT,
    "gone": RIGHT,
    "undone": UNDONE,
}


class Page(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.text, self._style = [], "", False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._style = tag == "style"

    def handle_data(self, data):
        self.text += "" if self._style else data

    def find(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def graded(released, tmp_path_factory):
    """A class as classes are: graded, and reported on."""
    course = shutil.copytree(released, tmp_path_factory.mktemp("report") / "course")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.Examine.timeout = 4\n")
    for student, answer in CLASS.items():
        submit(course, student, answer)
    (course / "submitted" / "anna" / "tiny" / "timestamp.txt").write_text("2026-01-03 10:00:00 UTC")
    broken, renamed, _ = (submit(course, name) for name in ("broken", "renamed", "<i>ida"))
    (broken / NAME).write_bytes((broken / NAME).read_bytes()[:300])
    (renamed / NAME).rename(renamed / "<img src=x> by Kim.ipynb")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=datetime(2026, 1, 2, 8))
        gradebook.add_student("absent")
    process = autograde(course)
    assert process.returncode == 1
    assert "did not come to an end: test_int, test_float" in tiny.table(process)["finn"]
    process = nbexaminer(course, "report", "tiny")
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.splitlines()[1:] == ["report/tiny.html", "report/tiny.json", "report/tiny.csv"]
    return course


@pytest.fixture(scope="module")
def data(graded):
    return json.loads((graded / "report" / "tiny.json").read_text())


def one(rows, **what):
    """The row with these values."""
    (row,) = (row for row in rows if what.items() <= row.items())
    return row


def test_data(graded, data):
    assert {student["student"] for student in data["students"]} == set(CLASS)
    assert {student["student"]: student["score"] for student in data["students"]} == tiny.scores(graded) | {"gone": 3}
    assert data["scores"]["students"] == 8
    assert data["scores"]["median"] == 2
    anna = one(data["students"], student="anna")
    assert anna["total_seconds_late"] == 26 * 3600
    assert 0 < anna["seconds"] < 60
    assert one(data["students"], student="bert")["checks"] == {"test_int": 1, "test_float": 0}
    assert [check["check"] for check in data["checks"]] == ["test_float", "test_int"]  # the hardest first
    hard = data["checks"][0]
    assert hard["success"] == pytest.approx(4 / 8)
    assert (hard["passed"], hard["not_tried"], hard["timed_out"]) == (4, 1, 1)
    assert one(data["students"], student="undone")["not_tried"] == ["test_int", "test_float"]
    assert one(data["students"], student="undone")["mistakes"] == {}
    assert one(data["students"], student="anna")["handed_in"] == "2026-01-03T10:00:00"
    assert one(data["students"], student="bert")["handed_in"] is None
    others = [student["checks"]["test_int"] for student in data["students"]]
    points = [student["checks"]["test_float"] for student in data["students"]]
    assert hard["separation"] == pytest.approx(np.corrcoef(points, others)[0, 1])
    assert data["missing"] == ["absent"]
    assert one(data["timed_out"], cell="test_int")["students"] == 1
    assert one(data["students"], student="finn")["timed_out"] == ["test_int", "test_float"]


def test_who_is_not_graded(data):
    whys = {each["student"]: each["why"] for each in data["not_graded"]}
    assert whys.keys() == {"broken", "renamed", "'<i>ida'"}
    assert "breaks off" in whys["broken"]
    assert "by Kim" in whys["renamed"]


def test_mistakes_are_counted_without_words_of_students(data):
    found = one(data["mistakes"], mistake="ValueError in the student's code.")
    assert (found["students"], found["checks"]) == (1, ["test_int", "test_float"])
    assert one(data["mistakes"], mistake="A check of this cell failed.")["students"] == 1
    assert not re.search("Eve|alert", json.dumps(data))


def test_table(graded):
    with (graded / "report" / "tiny.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert one(rows, student="bert")["test_float"] == "0.0"
    assert one(rows, student="broken")["state"] == "not graded"
    assert one(rows, student="absent")["state"] == "missing"
    assert one(rows, student="'=1+1")["score"] == "3.0"  # no formula


def test_page_needs_nothing_and_obeys_nothing(graded):
    shown = Page(graded / "report" / "tiny.html")
    names = {tag for tag, _ in shown.tags}
    assert not names & {"script", "link", "iframe", "object", "i", "b"}
    addresses = [value for _, attributes in shown.tags for key in ("src", "href") if (value := attributes.get(key))]
    assert all(value.startswith("data:image/png;base64,") for value in addresses)
    assert "url(" not in (graded / "report" / "tiny.html").read_text()
    assert not any(key.startswith("on") for _, attributes in shown.tags for key in attributes)
    assert "default-src 'none'" in one(shown.find("meta"), **{"http-equiv": "Content-Security-Policy"})["content"]
    for text in ("'<i>ida'", "<img src=x> by Kim.ipynb", "1 day 2 hours", "tiny: the class"):
        assert text in shown.text
    assert "Figure(" not in shown.text  # the template's code


def test_page_is_for_everybody(graded):
    shown = Page(graded / "report" / "tiny.html")
    assert len(shown.find("img")) == 3
    assert all(len(picture["alt"]) > 40 for picture in shown.find("img"))
    assert "test_float 50%" in shown.find("img")[1]["alt"]
    assert one(shown.find("meta"), name="viewport")["content"].startswith("width=device-width")
    assert shown.find("html") == [{"lang": "en"}]
    assert "@media print" in (graded / "report" / "tiny.html").read_text()


def test_anonymous_with_a_template_of_ones_own(graded, tmp_path):
    code = "import sys\nfrom nbexaminer.page import *\nline(str(read()))\nprint(sys.prefix, file=sys.stderr)"
    cells = [new_markdown_cell("# Ours"), new_code_cell(code)]
    (tmp_path / "own.ipynb").write_text(writes(new_notebook(cells=cells)))
    options = ["--anonymous", f"--template={tmp_path}/own.ipynb", f"--to={tmp_path}/new/page.html"]
    process = nbexaminer(graded, "report", "tiny", *options)
    assert process.returncode == 0, process.stderr
    for name in ("page.html", "page.json", "page.csv"):
        text = (tmp_path / "new" / name).read_text()
        assert "student 01" in text
        assert not [student for student in [*CLASS, "broken", "renamed", "ida", "absent", "Kim"] if student in text]
    assert "Ours" in Page(tmp_path / "new" / "page.html").text
    assert sys.prefix not in Page(tmp_path / "new" / "page.html").text


def test_last_run_decides_who_is_not_graded(graded, data):
    """A later run of some does not forget the others; who was graded once and cannot be now is in both lists."""
    course = shutil.copytree(graded, graded.parent / "later")
    submit(course, "broken")
    (course / "submitted" / "gone" / "tiny" / NAME).write_text("{")
    autograde(course, "--student=[bg]*")
    later = gather(CourseDirectory(root=str(course), assignment_id="tiny"))
    assert {each["student"]: each["graded"] for each in later["not_graded"]} == {
        "renamed": False,
        "'<i>ida'": False,
        "gone": True,
    }
    assert len(later["students"]) == len(data["students"]) + 1


def test_who_has_a_grade_and_no_files_is_not_said_to_have_handed_in_nothing(graded):
    course = shutil.copytree(graded, graded.parent / "lost")
    for folder in ("submitted", "autograded"):
        shutil.rmtree(course / folder / "gone")
    lost = gather(CourseDirectory(root=str(course), assignment_id="tiny"))
    assert one(lost["not_graded"], student="gone")["why"].startswith("the gradebook has a grade")
    assert lost["missing"] == ["absent"]


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1, True, "1"])
def test_times_that_are_none(seconds):
    assert results._seconds({"seconds": seconds}) is None


def test_the_order_tells_nothing_of_names():
    """As mistakes of one student each came in the order of the students, by name."""

    def rows(*words):
        students = [{"mistakes": {word: ["b", "a"]}} for word in words]
        return results._mistakes(students, {"a": 0, "b": 1})

    assert rows("x", "y", "z") == rows("z", "y", "x")
    assert [row["mistake"] for row in rows("x", "y", "y")] == ["y", "x"]
    assert rows("x")[0]["checks"] == ["a", "b"]


def test_who_was_graded_since_is_not_refused(graded):
    """In the formgrader, or with nbgrader's command."""
    course = shutil.copytree(graded, graded.parent / "since")
    (course / "nbgrader_config.py").write_text(tiny.CONFIG + PLUGGED_IN)
    submit(course, "broken")
    assert nbexaminer(course, "autograde", "tiny", "--student=broken", program="nbgrader").returncode == 0
    since = gather(CourseDirectory(root=str(course), assignment_id="tiny"))
    assert {each["student"] for each in since["not_graded"]} == {"renamed", "'<i>ida'"}
    assert one(since["students"], student="broken")["seconds"] is None


def test_page_and_data_are_written_all_or_none(graded, tmp_path):
    (tmp_path / "page.csv").mkdir()
    process = nbexaminer(graded, "report", "tiny", "--anonymous", f"--to={tmp_path}/page.html")
    assert (process.returncode, len(process.stderr.splitlines())) == (2, 1)
    assert "page.csv cannot be written (Is a directory)" in process.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["page.csv"]


@pytest.mark.parametrize(
    ("assignment", "options", "words"),
    [
        ("other", {}, "The gradebook has no assignment 'other', but: tiny."),
        ("tiny", {}, "Nothing of 'tiny' is graded yet. First: nbexaminer autograde tiny"),
        ("tiny", {"template": "none.ipynb"}, "There is no template none.ipynb. Start with a copy of"),
        ("tiny", {"template": __file__}, "test_report.py is no notebook"),
        ("tiny", {"template": "."}, ". cannot be read"),
        ("tiny", {"to": "."}, "--to names the page, such as page.html"),
        ("tiny", {"to": "hw.2"}, "--to names the page, such as hw.html"),
    ],
)
def test_errors(course, assignment, options, words):
    report = Report(CourseDirectory(root=str(course), assignment_id=assignment), **options)
    with pytest.raises(NbGraderException, match=re.escape(words)):
        report.start()
    assert not (course / "report").exists()


def test_template_that_does_not_run(graded):
    (graded / "bad.ipynb").write_text(writes(new_notebook(cells=[new_code_cell("1 / 0")])))
    process = nbexaminer(graded, "report", "tiny", "--template=bad.ipynb", "--to=bad/page.html")
    assert (process.returncode, len(process.stderr.splitlines())) == (2, 1)
    assert "bad.ipynb does not run: ZeroDivisionError: division by zero" in process.stderr
    assert not (graded / "bad").exists()


# statistics and words


def test_separation_is_the_correlation():
    random = np.random.default_rng(5)
    for _ in range(20):
        others = random.normal(size=30)
        passed = (others + random.normal(size=30) > 0).astype(float)
        assert separation(list(4 * passed), list(others)) == pytest.approx(np.corrcoef(passed, others)[0, 1])


@pytest.mark.parametrize(
    ("points", "others"), [([], []), ([1], [2]), ([1, 1, 1], [1, 2, 3]), ([0, 1, 1], [2, 2, 2]), ([0.1] * 3, [0.3] * 3)]
)
def test_no_separation_without_a_difference(points, others):
    assert separation(points, others) is None


def test_what_waits_says_nothing_of_who_is_strong():
    """Essays of the strong are graded, of the weak not yet; then the other way round."""
    for waits in (range(10), range(10, 20)):
        students = []
        for number in range(20):
            checks = {"a": float(number >= 10), "b": float(number >= 8), "essay": None if number in waits else 50.0}
            students.append({"checks": checks, "timed_out": [], "not_tried": []})
        checks = {each["check"]: each for each in _checks(students, {"a": 1, "b": 1, "essay": 50})}
        expected = np.corrcoef([number >= 10 for number in range(20)], [number >= 8 for number in range(20)])[0, 1]
        assert checks["a"]["separation"] == pytest.approx(expected)
        assert checks["b"]["separation"] == pytest.approx(expected)
        assert checks["essay"]["students"] == 10


def test_sums_in_another_order_are_the_same():
    checks = [{"a": 0.1, "b": 0.2, "c": 0.0, "d": 1.0}, {"a": 0.3, "b": 0.0, "c": 0.0, "d": 0.0}]
    students = [{"checks": each, "timed_out": [], "not_tried": []} for each in checks]
    found = _checks(students, dict.fromkeys("abcd", 1))
    assert one(found, check="d")["separation"] is None


def test_summary():
    assert summary([])["mean"] is summary([])["lowest"] is None
    assert summary([3.0]) == dict(students=1, mean=3, median=3, deviation=None, lowest=3, highest=3)
    assert summary([1, 3])["deviation"] == pytest.approx(np.std([1, 3], ddof=1))


def test_without_names_follows_scores():
    students = [{"student": name, "score": score} for name, score in (("a", 1), ("b", 3), ("c", 2))]
    refused = [{"student": name, "why": f"no {name}.ipynb", "kind": "missing", "graded": name == "a"} for name in "ad"]
    record = without_names({"students": students, "not_graded": refused, "missing": ["e"], "anonymous": False})
    assert [student["score"] for student in record["students"]] == [3, 2, 1]
    assert [each["student"] for each in record["not_graded"]] == ["student 3", "student 4"]
    assert {each["why"] for each in record["not_graded"]} == {"missing"}
    assert record["missing"] == ["student 5"]


def test_nobody(tmp_path, monkeypatch, capsys):
    """The template makes a page of a class in which nobody could be graded."""
    template = json.loads((Path(page.__file__).parent / "templates" / "report.ipynb").read_text())
    lists = {key: [] for key in ("students", "checks", "mistakes", "timed_out", "missing")}
    record = lists | {"assignment": "a_1", "made": "2026-01-01T00:00", "max_score": 0, "scores": summary([])}
    record["not_graded"] = [{"student": "x", "why": "broken", "graded": False}]
    (tmp_path / "data.json").write_text(json.dumps(record))
    monkeypatch.setenv(page.DATA, str(tmp_path / "data.json"))
    names = {}
    for cell in template["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert "Nobody has a grade." in capsys.readouterr().out


def test_duration():
    assert [page.duration(n) for n in (0, 0.42, 12.3, 60, 3601, 93784)] == [
        "0 s",
        "0.42 s",
        "12 s",
        "1 minute",
        "1 hour",
        "1 day 2 hours",
    ]
