"""Whatever is handed in, a run of the class goes on: one line says what is wrong, and those who can be graded are."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output
from nbgrader.api import Gradebook

from nbexaminer.grading import read_refusals
from nbexaminer.mend import read
from nbexaminer.submission import NotGradable
from samples import PLUGGED_IN
from tiny import CONFIG, NAME, SOURCE, environment, make, nbexaminer, submit

BEGIN, SET_UP, DOUBLE, TEST_INT, TEST_FLOAT = range(5)
JULIA = {"name": "julia-1.9", "display_name": "Julia", "language": "julia"}


class Class:
    """A class that hands in its work."""

    def __init__(self, course):
        self.course = course
        self.notebook = nbformat.read(course / "release" / "tiny" / NAME, as_version=4)
        self.notebook.cells[DOUBLE].source = "def double(x):\n    return 2 * x"
        self.scores, self.remarks, self.refused = {}, {}, {}

    def folder(self, student):
        folder = self.course / "submitted" / student / "tiny"
        folder.mkdir(parents=True)
        return folder

    def submit(self, student, change=None, score=3, remark=None):
        """Hand in the right answer, with ``change(notebook)`` made to the notebook's JSON."""
        notebook = copy.deepcopy(self.notebook)
        data = json.loads(nbformat.writes(notebook))
        data = (change and change(data)) or data
        (self.folder(student) / NAME).write_text(json.dumps(data))
        self.scores[student], self.remarks[student] = score, remark

    def refuse(self, student, why, content=None, name=NAME):
        """Hand in a file that cannot be graded."""
        folder = self.folder(student)
        if content is not None:
            (folder / name).write_bytes(content)
        self.refused[student] = why
        return folder


def metadata_of(index, **fields):
    def change(data):
        data["cells"][index]["metadata"].update(fields)

    return change


def copied(index, to, source=None):
    """A cell is copied, with its metadata."""

    def change(data):
        twin = copy.deepcopy(data["cells"][index])
        data["cells"].insert(to, twin if source is None else twin | {"source": source})

    return change


def without(*indices):
    def change(data):
        data["cells"] = [cell for index, cell in enumerate(data["cells"]) if index not in indices]

    return change


def of_type(index, kind):
    def change(data):
        cell = {key: value for key, value in data["cells"][index].items() if key not in ("outputs", "execution_count")}
        data["cells"][index] = cell | {"cell_type": kind}

    return change


def moved(index, to):
    def change(data):
        data["cells"].insert(to, data["cells"].pop(index))

    return change


def in_format_3(data):
    for cell in data["cells"]:
        cell["source"] = "".join(cell["source"])
    return json.loads(nbformat.writes(nbformat.convert(nbformat.from_dict(data), 3)))


def everything_at_once(data):
    """All types are wrong that can be."""
    code = data["cells"][DOUBLE]
    code["outputs"], code["execution_count"], code["id"] = {"a": [1]}, "<b>", 5
    data["cells"][BEGIN]["attachments"] = ["x"]
    data["cells"][TEST_INT]["metadata"] = [1, 2]
    data["cells"][SET_UP]["metadata"]["nbgrader"] |= {"points": "many", "schema_version": 99, "locked": {}}
    data["cells"] += [5, {}, {"cell_type": "x", "source": 7}, {"cell_type": "code", "source": [1], "metadata": "y"}]
    data["metadata"], data["nbformat_minor"] = "garbage", "x"


def huge(data):
    text = "x" * 99 + "\n"
    data["cells"][DOUBLE]["outputs"] = [new_output("stream", text=text * 300_000)]


def hand_in(group, root):
    submit, refuse = group.submit, group.refuse
    submit("good-1")
    submit("good-2", lambda data: data["cells"][DOUBLE].update(source="def double(x):\n    return x + 2"), score=1)

    refuse("empty", f"{NAME} is empty. Ask for the file again.", b"")
    refuse("zeros", "is empty", bytes(1000))
    refuse("truncated", "breaks off in line", nbformat.writes(group.notebook).encode()[:700])
    refuse("no-json", "not JSON", b"<!DOCTYPE html><title>Log in</title>")
    refuse("zip", "is not a notebook", b"PK\x03\x04\xff\xfe\x00\x9c" * 20)
    refuse("deep", "is not a notebook", b"[" * 100_000)
    refuse("other-json", "JSON, but not a notebook", b'{"name": "package"}')
    refuse("a-list", "JSON, but not a notebook", b"[1, 2]")
    refuse("format-99", "unknown notebook format", b'{"nbformat": 99, "cells": []}')
    refuse("cells-is-text", "no list of cells", b'{"nbformat": 4, "cells": "many"}')
    refuse("worksheets-is-text", "cannot be upgraded", b'{"nbformat": 3, "metadata": {}, "worksheets": "x"}')
    refuse("renamed", f"no {NAME}; there is 'tiny (1).ipynb'", b"{}", "tiny (1).ipynb")
    refuse("nothing", f"no {NAME}; ask for it")
    (refuse("a-folder", "is a folder, not a notebook") / NAME).mkdir()
    (refuse("link-out", "is a link out of the submission") / NAME).symlink_to(root / "source" / "tiny" / NAME)
    (refuse("link-to-nowhere", "is a link out of the submission") / NAME).symlink_to("/nowhere")
    (refuse("link-beside", "data.txt is a link out", b"{}") / "data.txt").symlink_to(root / "gradebook.db")
    (refuse("folder-link", "more is a link out", b"{}") / "more").symlink_to(root)
    os.mkfifo(refuse("pipe", "not an ordinary file", b"{}") / "pipe")
    for number, text in enumerate(
        ["yesterday, I think", "2020-01-01 00:00 ../../zone", "2020-01-01" + 2000 * " " + "x"]
    ):
        folder = refuse(f"time-{number}", "does not hold a time", b"{}")
        (folder / "timestamp.txt").write_text(text)
    os.truncate(refuse("large", f"{NAME} is too large (1,024 MiB)", b"{}") / NAME, 1 << 30)
    folder = refuse("large-file", "it is too large (61,440 MiB in all)", b"{}")
    (folder / "data").touch()
    os.truncate(folder / "data", 60 << 30)
    if os.getuid():  # root may read everything
        (refuse("unreadable", "may not be read", b"{}") / NAME).chmod(0)
    file = group.course / "submitted" / "a-file" / "tiny"
    file.parent.mkdir()
    file.write_text("")
    group.refused["a-file"] = "is not a folder"
    refuse("line\nbreak", "character '\\n'", b"{}")
    refuse("sdrawkcab\u202e", "character '\\u202e'", b"{}")
    refuse("[brackets]", "character '['", b"{}")
    refuse("<img src=x onerror=alert(1)>", "character '<'", b"{}")

    for student in ("Zoë Müller", "o'brien", "j.r.r. tolkien", "-rf", "%s{0}$HOME`id`", "+1", "ä" * 120, "学生"):
        submit(student)
    submit("no-cells", lambda data: data.update(cells=[]), 0, "has no cells")
    submit("no-cells-key", lambda data: data.pop("cells") and None, 0, "has no cells")
    submit("no-metadata", lambda data: [cell.update(metadata={}) for cell in data["cells"]] and None, 3, "put back")
    submit("no-test", without(TEST_INT, TEST_FLOAT), 3, "test_int, test_float deleted: put back")
    submit("no-set-up", without(SET_UP), 3, "set_up deleted")
    submit("no-answer", without(DOUBLE), 0, "double (for an answer) is missing")
    submit("test-copied", copied(TEST_INT, BEGIN, "pass"), 3, "test_int exists 2 times")
    submit("answer-copied-below", copied(DOUBLE, TEST_FLOAT + 1, "double = None"), 3, "double exists 2 times")
    submit("answer-copied-above", copied(DOUBLE, BEGIN, "double = None"), 3, "double exists 2 times")
    submit("test-is-text", of_type(TEST_INT, "markdown"), 3, "test_int was made a markdown cell")
    submit("answer-is-raw", of_type(DOUBLE, "raw"), 3, "double was made a raw cell")
    submit("text-is-unknown", of_type(BEGIN, "heading"), 3, "unknown type")
    submit("test-first", moved(TEST_FLOAT, BEGIN), 3, "test_float moved")
    submit("answer-last", moved(DOUBLE, TEST_FLOAT), 3, "test_int, test_float moved")
    submit("test-rewritten", lambda data: data["cells"][TEST_FLOAT].update(source="pass"))
    submit("points", metadata_of(TEST_INT, nbgrader={"grade_id": "test_int", "grade": True, "points": 1e9}))
    submit("not-graded", metadata_of(TEST_FLOAT, nbgrader={"grade_id": "test_float", "grade": False}))
    submit("skip", metadata_of(SET_UP, tags=["skip-execution", "in-kernel"], transient={"remove_source": True}))
    submit("unknown-id", metadata_of(BEGIN, nbgrader={"grade_id": '"><script>', "grade": True}), 3, "does not have")
    submit("id-is-a-list", metadata_of(TEST_INT, nbgrader={"grade_id": []}), 3, "test_int deleted: put back")
    submit("metadata-is-text", lambda data: data["cells"][DOUBLE].update(metadata="x"), 3, "in a cell's metadata")
    submit("tags-is-number", metadata_of(SET_UP, tags=5), 3, "garbage in a cell's metadata")
    submit("nbgrader-is-list", metadata_of(SET_UP, nbgrader=[]), 3, "garbage in a cell's metadata")
    submit("no-source", lambda data: data["cells"][BEGIN].pop("source") and None, 3, "without source")
    submit("half-a-character", lambda data: data["cells"][DOUBLE].update(source="double = lambda x: 2 * x # \ud800"))
    submit("everything", everything_at_once, 3, "garbage in the notebook's metadata")
    submit("format-3", in_format_3, 3, "was in the old notebook format 3")
    submit("julia", lambda data: data.update(metadata={"kernelspec": JULIA}), 3, "is for 'julia': graded as Python")
    submit("same-ids", lambda data: [cell.update(id="x") for cell in data["cells"]] and None)
    submit("huge", huge)
    ends = {"cell_type": "code", "source": "import os; os._exit(1)"}
    submit("exit", lambda data: data["cells"].append(ends), 3, "did not come to an end: a cell of the student's own")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """What was handed in, and the one run that graded it."""
    root = tmp_path_factory.mktemp("malformed")
    make(root)
    group = Class(root)
    hand_in(group, root)
    group.process = nbexaminer(root, "autograde", "tiny", "--NbGrader.logfile=log.txt")
    return group


def line_of(student, text):
    """The table's line of a student."""
    (line,) = re.findall(rf"^ *{re.escape(student)}(?:  |: ).*", text, re.M)
    return line


def test_the_run_goes_to_its_end_without_a_traceback(run):
    process = run.process
    assert process.returncode == 1, process.stderr
    assert "Traceback" not in process.stdout + process.stderr
    everybody = len(run.scores) + len(run.refused)
    assert f"1 of {everybody} " in process.stdout
    assert f"{everybody} of {everybody} " in process.stdout


def test_everybody_is_graded_or_named_as_not_graded(run):
    graded, not_graded = run.process.stdout.split("\nnot graded:\n")
    assert len(not_graded.strip().splitlines()) == len(run.refused)
    with Gradebook(f"sqlite:///{run.course}/gradebook.db") as gradebook:
        scores = {submission.student.id: submission.score for submission in gradebook.assignment_submissions("tiny")}
    assert scores == run.scores
    for student, score in scores.items():
        assert f"{score:g} of 3" in line_of(student, graded.split("remarks\n")[1])


def test_refusals_say_what_is_wrong_in_one_line_and_once_in_the_log(run):
    _, not_graded = run.process.stdout.split("\nnot graded:\n")
    for student, why in run.refused.items():
        shown = student if student.isprintable() and not set(student) & set("[<") else ascii(student)
        assert why in line_of(shown, not_graded), student
        assert len(re.findall(rf" {re.escape(shown)}: ", run.process.stderr)) == 1
        assert not (run.course / "autograded" / student).exists()


def test_what_kind_of_refusal_it_is_names_no_one(run):
    kinds = {each["kind"] for each in read_refusals(run.course / "autograded" / ".tiny.json").values()}
    assert len(kinds) >= 14
    for kind in kinds:
        assert re.fullmatch(r"[a-z'., ]+|the notebook is in the old format 3 .*|.* more than 10,000 cells", kind), kind


def test_mends_are_told_in_log_and_table(run):
    table = run.process.stdout.split("remarks\n")[1]
    for student, remark in run.remarks.items():
        line = line_of(student, table)
        if remark:
            assert remark in line
            assert re.search(rf"^.*\W{re.escape(student)}: {NAME}: .*{re.escape(remark)}", run.process.stderr, re.M)
        else:
            assert re.fullmatch(rf"{re.escape(student)} +\d of 3", line)


def test_what_was_graded_is_a_valid_notebook_with_all_cells(run):
    for student in run.scores:
        path = run.course / "autograded" / student / "tiny" / NAME
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        ids = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]
        known = ["set_up", "double", "test_int", "test_float"]
        assert sorted(ids) == sorted(known if "double" in ids else set(known) - {"double"}), student
        assert ids.index("test_int") < ids.index("test_float")
        assert not any("tags" in cell.metadata for cell in notebook.cells)


def test_only_who_was_not_graded_is_left_for_the_next_run(run):
    """One who was not graded hands in anew; nobody else is graded again."""
    mended = run.course / "submitted" / "empty" / "tiny" / NAME
    nbformat.write(run.notebook, mended)
    process = nbexaminer(run.course, "autograde", "tiny")
    assert "3 of 3" in line_of("empty", process.stdout.split("remarks\n")[1])
    assert process.stdout.count("unchanged since it was graded") == len(run.scores)


BROKEN = """
from nbgrader.preprocessors import NbGraderPreprocessor
class Broken(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        raise ZeroDivisionError("of no one's")
"""


def test_an_exception_is_one_line_and_loses_nothing(run, tmp_path):
    """As if the grader had a bug: here, in a preprocessor."""
    (tmp_path / "broken.py").write_text(BROKEN)
    before = run.course / "autograded" / "good-1" / "tiny" / NAME
    content = before.read_bytes()
    only = ("autograde", "tiny", "--student=good-1", "--force", "--NbGrader.logfile=log.txt")
    process = nbexaminer(run.course, *only, "--Autograde.sanitize_preprocessors=broken.Broken", path=tmp_path)
    assert process.returncode == 1
    assert "Traceback" not in process.stdout + process.stderr
    assert "ZeroDivisionError: of no one's" in line_of("good-1", process.stdout.split("not graded:\n")[1])
    assert "Traceback" in (run.course / "log.txt").read_text()
    assert before.read_bytes() == content
    process = nbexaminer(run.course, "autograde", "tiny", "--student=good-1")
    assert (process.returncode, line_of("good-1", process.stdout.split("remarks\n")[1])[:16]) == (0, "good-1   3 of 3 ")


@pytest.mark.parametrize(
    "command, message",
    [
        (["autograde"], "Name one assignment"),
        (["autograde", "other"], "The gradebook has no notebook of 'other'"),
        (["autograde", "tiny", "--student=nobody"], "There are no submissions"),
        (["autograde", "tiny", "--Autograde.sanitize_preprocessors=no.such"], "no.such cannot be imported"),
        (
            ["autograde", "tiny", "--scheduler=tcp://127.0.0.1:9", "--force"],
            "The Dask cluster at tcp://127.0.0.1:9 cannot be used",
        ),
    ],
)
def test_what_cannot_begin_is_one_line(run, command, message):
    process = nbexaminer(run.course, *command)
    assert process.returncode == 2
    assert message in process.stderr
    assert "Traceback" not in process.stderr


@pytest.mark.parametrize("command", ["", "autograde", "report", "export"])
@pytest.mark.parametrize("option", ["--help", "--help-all"])
def test_help(tmp_path, command, option):
    process = nbexaminer(tmp_path, *command.split(), option)
    assert (process.returncode, process.stderr) == (0, "")
    assert f"nbexaminer {command}" in process.stdout


def test_commands_start_without_the_slowest_import():
    program = "import nbexaminer.app, sys; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], env=environment()).returncode == 0


@pytest.mark.parametrize(
    "line, message",
    [
        ("  c.Grading.jobs = 1", "The course's settings cannot be read (IndentationError: unexpected indent"),
        ("c.Grading.jobs = len(1)", "The course's settings cannot be read (TypeError: object of type 'int'"),
        ("c.Grading.jobs = 'many'", "The 'jobs' trait of a Grading instance expected an int"),
    ],
)
def test_settings_with_a_mistake_are_not_left_out(course, line, message):
    submit(course, "anna")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(f"{line}\n")
    process = nbexaminer(course, "autograde", "tiny")
    assert process.returncode == 2
    assert message in process.stderr and "Traceback" not in process.stderr
    assert not (course / "autograded").exists()


REPORT, EXPORT = ("report", "tiny"), ("export", "tiny", "--format=moodle")


@pytest.mark.parametrize("command", [REPORT, EXPORT], ids=lambda command: command[0])
def test_nothing_is_told_of_a_class_without_its_settings(course, command):
    """One of them may be c.Report.anonymous."""
    (course / "nbgrader_config.py").write_text("c = get_config()\nlen(1)\nc.Report.anonymous = True\n")
    process = nbexaminer(course, *command)
    assert (process.returncode, len(process.stderr.splitlines())) == (2, 1)
    assert "The course's settings cannot be read (TypeError: object of type 'int'" in process.stderr


@pytest.mark.parametrize("command", [("autograde", "tiny"), REPORT, EXPORT], ids=lambda command: command[0])
def test_a_gradebook_that_is_none(course, command):
    submit(course, "anna")
    (course / "gradebook.db").write_text("no database, " * 1000)
    process = nbexaminer(course, *command)
    assert (process.returncode, len(process.stderr.splitlines())) == (2, 1)
    assert "The gradebook cannot be used (file is not a database)." in process.stderr


def test_no_such_command(tmp_path):
    process = nbexaminer(tmp_path, "reprot", "tiny")
    assert process.returncode == 2
    assert "There is no command 'reprot', but: autograde, report, export." in process.stderr


def test_without_rooms_nothing_is_graded_unless_told_so(run):
    program = (
        "import sys, nbexaminer.app, nbexaminer.exporter, nbexaminer.grading, nbgrader.apps.nbgraderapp\n"
        "def check_rooms(): raise nbexaminer.room.RoomError('bwrap is missing. Install it.')\n"
        "nbexaminer.grading.check_rooms = nbexaminer.exporter.check_rooms = check_rooms\n"
        "main = {'nbexaminer': nbexaminer.app.main, 'nbgrader': nbgrader.apps.nbgraderapp.main}[sys.argv[1]]\n"
        "del sys.argv[1]\n"
        "main()"
    )
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": os.getcwd()}
    config = run.course / "nbgrader_config.py"

    def autograde(program_name, *options):
        command = [sys.executable, "-c", program, program_name, "autograde", "tiny", "--student=good-*", *options]
        return subprocess.run(command, cwd=run.course, env=env, capture_output=True, text=True)

    for name, status in (("nbexaminer", 2), ("nbgrader", 1)):
        config.write_text(CONFIG + PLUGGED_IN * (name == "nbgrader"))
        process = autograde(name, "--force")
        assert process.returncode == status
        assert process.stderr.count("bwrap is missing. Install it.") == 1
        assert (run.course / "autograded" / "good-1" / "tiny").exists()
    config.write_text(CONFIG)
    assert autograde("nbexaminer", "--isolation=none").returncode == 0


def test_nbgrader_itself_goes_the_same_way(run, tmp_path):
    for name in ("gradebook.db", "source", "submitted/everything", "submitted/good-2"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        copy_one = shutil.copytree if (run.course / name).is_dir() else shutil.copy
        copy_one(run.course / name, tmp_path / name)
    (tmp_path / "nbgrader_config.py").write_text(CONFIG + PLUGGED_IN)
    process = nbexaminer(tmp_path, "autograde", "tiny", program="nbgrader")
    assert process.returncode == 0, process.stderr
    assert "everything: tiny.ipynb: test_int deleted: put back" in process.stderr
    assert len(list(tmp_path.glob("autograded/*/tiny/tiny.ipynb"))) == 2


def test_reading_never_raises_anything_else(tmp_path):
    """Every value in a notebook, replaced by every sort of garbage: it is read, and valid, or refused."""
    whole = json.loads(nbformat.writes(SOURCE))
    whole["cells"][0]["attachments"] = {"a.png": {"image/png": "AAAA"}}
    whole["cells"][1]["outputs"] = [{"output_type": "display_data", "data": {"text/plain": ["a"]}, "metadata": {}}]

    def places(value, path=()):
        yield path
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            yield from places(item, (*path, key))

    path = tmp_path / NAME
    for place in places(whole):
        for garbage in (None, 5, -1.5, "x", "\ud800", [], [None], {}, {"a": {"b": [1]}}, True):
            data = copy.deepcopy({"": whole})
            *front, last = ("", *place)
            value = data
            for key in front:
                value = value[key]
            value[last] = garbage
            path.write_text(json.dumps(data[""]))
            try:
                notebook, _ = read(path)
            except NotGradable:
                continue
            nbformat.validate(notebook)
