"""A term, by the README's commands: what instructors read there is run here, one step after the other."""

import csv
import re
import zipfile

import nbformat
from nbgrader.api import Gradebook

import tiny
from samples import ASSIGNMENT, ROOT

BROKEN = "assert double(-1) == -2", "assert double(-1) == 2"


def steps():
    """{title: its commands} of the README."""
    term = re.search(r"^## For instructors: a term$(.*?)^## ", (ROOT / "README.md").read_text(), re.M | re.S)[1]
    parts = re.findall(r"^### \d\. (.*?)$(.*?)(?=^### )", term, re.M | re.S)
    commands = {title: re.findall(r"^(nbgrader|nbexaminer) (.*)$", text, re.M) for title, text in parts}
    return {title: [(program, *line.split()) for program, line in lines] for title, lines in commands.items()}


def run(course, commands):
    """Run a step in the tiny course."""
    assert commands
    for program, *arguments in commands:
        arguments = [argument.replace(ASSIGNMENT, "tiny") for argument in arguments]
        process = tiny.nbexaminer(course, *arguments, program=program)
        assert process.returncode == 0, process.stderr
        assert "Traceback" not in process.stderr


def download(course, **answers):
    """What Moodle lets one download."""
    released = nbformat.read(course / "release" / "tiny" / tiny.NAME, as_version=4)
    archive = course / "downloaded" / "tiny" / "archive"
    archive.mkdir(parents=True)
    with zipfile.ZipFile(archive / "download.zip", "w") as file:
        for name, answer in answers.items():
            released.cells[2].source = answer
            file.writestr(f"Zoë Müller_{name[1:]}_assignsubmission_file_/tiny.ipynb", nbformat.writes(released))


def grades(course):
    with open(course / "grades.csv") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def feedback(course, student):
    return (course / "feedback" / student / "tiny" / "tiny.html").read_text()


def test_a_term(tmp_path):
    term = steps()
    assert len(term) == 7
    course = tmp_path / "course"
    (course / "source" / "tiny").mkdir(parents=True)
    (course / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    source = course / "source" / "tiny" / tiny.NAME
    nbformat.write(tiny.SOURCE, source)
    right = source.read_text()
    assert BROKEN[0] in right
    source.write_text(right.replace(*BROKEN))  # a mistake in a test

    run(course, term["Release"])
    download(course, s1=tiny.RIGHT, s2=tiny.WRONG, s3=tiny.WRONG)
    run(course, term["Collect"])
    run(course, term["Grade"])
    with Gradebook(f"sqlite:///{course}/gradebook.db", "neural-networks") as gradebook:
        gradebook.find_grade("test_int", "tiny", "tiny", "3").manual_score = 0.5
        gradebook.db.commit()
    run(course, term["Look at the class"])
    assert "test_float" in (course / "report" / "tiny.html").read_text().replace("<wbr>", "")
    run(course, term["Give feedback and grades"])
    assert grades(course) == {"1": 1, "2": 1, "3": 0.5}
    assert "Look at this first" in feedback(course, "1")

    source.write_text(right)
    run(course, term["When a test was wrong"])
    assert grades(course) == {"1": 3, "2": 1, "3": 0.5}
    assert "Everything is right" in feedback(course, "1")
    assert '"score": 3.0' in (course / "report" / "tiny.json").read_text()
