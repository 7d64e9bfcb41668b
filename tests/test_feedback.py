"""What students get back: an overview that tells where to begin, and a page that needs nothing and runs nothing."""

import re
import resource
import shutil
import subprocess
import sys
from datetime import datetime

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

import tiny
from nbexaminer.feedback import FeedbackExporter, embedded
from nbexaminer.mathml import latex, mathml
from samples import ROOT
from tiny import NAME, RIGHT, WRONG, autograde, nbexaminer, submit

# tiny's own cells in parts, and an essay
SOURCE = new_notebook(
    metadata=tiny.SOURCE.metadata,
    cells=[
        new_markdown_cell(
            "# Tiny\n\n## 1. Double *it* with `2`\n\n![x](images/a.png) $x < 1$, see [below](#2.-Explain)"
        ),
        *tiny.SOURCE.cells[1:],
        new_markdown_cell("```\n# no heading\n```\n\n## 2. Explain\n\n$$y = \\frac{1}{2}$$"),
        tiny.cell(new_markdown_cell, "Why?", "essay", 5, solution=True),
        tiny.cell(new_code_cell, "assert double(0) == 0", "test_nothing", 0),
    ],
)
EVIL = 'def double(x):\n    raise ValueError("<script>alert(1)</script> `<b>`")'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
CLASS = {
    "right": RIGHT,
    "wrong": WRONG,
    "syntax": "def double(x)\n    return 2 * x",
    "evil": EVIL,
    "blank": "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "by-hand": WRONG,
    "loops": "while True:\n    pass",
    "prints": 'for n in range(500):\n    print("epoch", n, flush=n % 3 == 0)\nimport numpy\nnumpy.linalg.inv([[0]])',
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class with its feedback, made by nbgrader's command."""
    course = tmp_path_factory.mktemp("feedback")
    settings = "#" + (ROOT / "nbgrader_config.py").read_text().split("# Feedback:")[1]
    (course / "source" / "tiny" / "images").mkdir(parents=True)
    (course / "source" / "tiny" / "images" / "a.png").write_bytes(PNG)
    (course / "source" / "tiny" / "secret.csv").write_text("s3cret")
    tiny.make(
        course,
        f'{tiny.CONFIG}c.LateSubmissionPlugin.penalty_method = "zero"\nc.Examine.timeout = 3\n{settings}',
        SOURCE,
    )
    for student, answer in CLASS.items():
        submit(course, student, answer)
    essay = course / "submitted" / "right" / "tiny" / NAME
    essay.write_text(essay.read_text().replace("YOUR ANSWER HERE", "Because."))
    (course / "submitted" / "wrong" / "tiny" / "timestamp.txt").write_text("2026-01-03 10:00:00 UTC")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=datetime(2026, 1, 2, 8))
    assert autograde(course).returncode == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db", "tiny") as gradebook:
        gradebook.update_or_create_student("by-hand", first_name="Kim", last_name="Example")
        for name, points in ("test_int", 1), ("essay", 2.5):
            gradebook.find_grade(name, "tiny", "tiny", "by-hand").manual_score = points
        gradebook.find_comment(
            "double", "tiny", "tiny", "by-hand"
        ).manual_comment = "Nearly, **Kim**! If x<y and y>z, use List<int>."
        gradebook.db.commit()
    process = nbexaminer(course, "generate_feedback", "tiny", program="nbgrader")
    assert process.returncode == 0, process.stderr
    assert "not recognized" not in process.stderr
    return course


def page(course, student):
    path = course / "feedback" / student / "tiny" / NAME.replace(".ipynb", ".html")
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def overview(course, student):
    return words(page(course, student).find(id="top"))


def test_all_right_but_for_what_waits(course):
    top = overview(course, "right")
    assert "3 of 8 points" in top and "1 answer is still to be graded by hand" in top
    assert "Look at this first" not in top and "Everything is right" not in top
    assert "1. Double it with 2 3 / 3" in top and "2. Explain 0 / 5 … essay – / 5" in top
    assert "nothing" not in top  # a cell without points, and without a failure


def test_what_is_wrong_is_said_on_top_and_at_its_cell(course):
    whole = page(course, "wrong")
    first = whole.find(class_="first")
    assert words(first).startswith("Look at this first: float")  # 2 + 2 is double of 2
    assert words(whole.find(id="top")).count("A check of this cell failed.") == 3
    target = whole.find(id=first.a["href"].removeprefix("#"))
    assert "A check of this cell failed." in words(target) and "0 / 2" in words(target)


def test_an_answer_that_does_not_run_is_named(course):
    first = words(page(course, "syntax").find(class_="first"))
    assert "double is not defined" in first and "Your cell above it stopped with SyntaxError: expected ':'" in first


def test_a_cell_that_had_no_end_is_told_in_words(course):
    whole = page(course, "loops")
    assert "Is there a loop without an end?" in words(whole.find(class_="first"))
    assert not re.search("KeyboardInterrupt|CellTimeoutError", whole.get_text())


def test_long_output_is_cut_and_errors_name_no_folder_of_the_grader(course):
    whole = page(course, "prints")
    printed = whole.find("pre", string=re.compile("epoch 0"))
    lines = printed.text.split()
    assert lines[:2] == ["epoch", "0"] and lines[-2:] == ["epoch", "499"]
    assert "… 460 lines are left out here …" in printed.text and "epoch 250" not in whole.get_text()
    assert "linalg.py" in whole.get_text() and sys.prefix not in whole.get_text()


def test_nothing_was_done(course):
    whole = page(course, "blank")
    assert "double is not implemented yet." in words(whole.find(class_="first"))
    assert "essay You have not changed this cell. 0 / 5" in words(whole.find(id="top")) and "Your teacher" not in words(
        whole
    )


def test_what_people_gave_and_wrote(course):
    whole = page(course, "by-hand")
    assert "3.5 of 8 points" in words(whole.find(id="top")) and "Your teacher has written to you: double ." in words(
        whole
    )
    marked = [words(row) for row in whole.find("table", class_="overview").find_all("tr") if row.find("small")]
    assert marked == ["✓ int 1 / 1 by hand", "◐ essay You have not changed this cell. 2.5 / 5 by hand"]
    assert whole.find(class_="comment").strong.text == "Kim"
    assert words(whole.find(class_="comment")).endswith("If x<y and y>z, use List<int>.")
    assert words(whole.find(class_="student")) == "Kim Example (by-hand)"


def test_late(course):
    assert "0 of 8 points Handed in late by 1 day 2 hours: 1 point is taken off." in overview(course, "wrong")
    assert "Handed in late" not in overview(course, "right")


def test_tests_stay_hidden(course):
    text = page(course, "wrong").get_text()
    assert "double(-1)" not in text and "double(2.5)" in text


@pytest.mark.parametrize("student", CLASS)
def test_the_page_needs_nothing_and_obeys_nothing(course, student):
    whole = page(course, student)
    assert not whole.find(["script", "iframe", "object", "embed", "form", "base", "link"])
    assert {image["src"].split(",")[0] for image in whole.find_all("img")} == {"data:image/png;base64"}
    assert "default-src 'none'" in whole.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert whole.find("math", display="block").mfrac and whole.find("math", display="inline")
    ids = [tag["id"] for tag in whole.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert {link["href"].removeprefix("#") for link in whole.find_all("a")} <= set(ids)


def test_what_students_raise_is_text(course):
    text = page(course, "evil").find(class_="first").find("li")
    assert (
        text.get_text().endswith("<script>alert(1)</script> <b>")
        and text.find("code").text == 'raise ValueError("<script>alert(1)</script> '
    )


def test_feedback_of_several_runs_is_the_same(course):
    before = {path: path.read_bytes() for path in course.glob("feedback/*/tiny/*.html")}
    assert nbexaminer(course, "generate_feedback", "tiny", "--force", program="nbgrader").returncode == 0
    assert {path: path.read_bytes() for path in before} == before


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "autograded" / "images").mkdir(parents=True)
    for name in ("a.png", "autograded/images/a b.png", "autograded/secret.csv", "autograded/notes"):
        (tmp_path / name).write_bytes(PNG)
    (tmp_path / "autograded" / "link.png").symlink_to(tmp_path / "a.png")
    return tmp_path / "autograded"


@pytest.mark.parametrize("name", ["images/a b.png", "images/a%20b.png", "./images/../images/a b.png"])
def test_images_of_the_folder_are_put_in(folder, name):
    assert "data:image/png;base64,iVBOR" in embedded(f'<p><img src="{name}"></p>', folder, always)


def always(*_):
    return True


def test_no_more_images_than_fit(folder):
    page = '<img src="images/a b.png"/>' * 3
    exporter = FeedbackExporter()
    exporter._left = {"images": 2 * len(PNG)}
    assert embedded(page, folder, exporter._fits).count("base64") == 2


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../a.png",
            "link.png",
            "{folder}/../a.png",
            "https://x.org/images/a b.png",
            "file://{folder}/images/a b.png",
        ),
        *("secret.csv", "notes", "images", "none.png", "", "a\0.png", "x" * 500 + ".png"),
    ],
    ids=lambda name: ascii(name[:12]),
)
def test_other_files_are_not(folder, name):
    page = f'<p><img src="{name.format(folder=folder)}"/></p>'
    assert "base64" not in embedded(page, folder, always)


def test_no_cell_reaches_out_of_itself(folder):
    page = embedded('<h1 id="cell-id=x">a</h1><div style="display:none"><div>', folder, always)
    assert "cell-id" not in page and page.count("</div>") == 2


def test_formulas():
    assert "<mfrac>" in mathml(r"\frac{1}{2}") and 'display="block"' in mathml("x", "block")
    assert "<mi>ŷ</mi>" not in mathml(r"\hat y") and "&lt;" in mathml("a < b") and "&amp;" in mathml(r"a \& b")


def test_latex_outputs():
    assert "<mfrac>" in latex("$\\displaystyle \\frac{1}{2}$") and "<mfrac>" in latex("\n$$\\frac{1}{2}$$ ")
    assert "<mtable" in latex(r"\begin{align} a &= b \end{align}")
    assert latex("<b> $x$") == "<pre>&lt;b&gt; $x$</pre>" and "<script" not in latex("$x<script>$")


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\mathrm{<img src=x onerror=alert(1)>}",
        r"\text{&lt;script&gt;}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed}{x}",
        r"\class{x}{y}",
        r'\color{red" onclick="alert(1)}x',
        r"\unknown{<b>}",
        "<b>" * 2000,
        r"\frac<b>",
    ],
)
def test_nothing_gets_out_of_a_formula(tex):
    found = BeautifulSoup(mathml(tex), "html.parser").find_all(True)
    assert not {tag.name for tag in found} & {"script", "img", "b"}
    assert not {name for tag in found for name in tag.attrs} & {"href", "style", "class", "onclick", "onerror"}


FORMULAS = """
from IPython.display import Latex
for i in range(30):
    display(Latex("$" + str(i) + "x'" * 2400 + "$"))
"""
SLOW = [
    new_code_cell("x = 1" + "\n" * 100_000 + "y = 1"),
    new_code_cell("a." * 60_000),
    *(new_code_cell("a." * 2500) for _ in range(12)),
    new_markdown_cell("# x" + " " * 19_000 + "y"),
    new_markdown_cell("&#91;" * 3900 + "![](images/a.png)"),
    new_markdown_cell("![](images/a.png)" * 1000),
    new_code_cell(FORMULAS),
    new_code_cell("### BEGIN HIDDEN TESTS\nx = 1"),
]


def test_nobody_keeps_a_class_from_its_feedback(course, tmp_path):
    """Time and memory have a limit. Without bounds of its own, the page would take hours for some of these cells."""
    copied = shutil.copytree(course, tmp_path / "course")
    (copied / "source" / "tiny" / "images" / "a.png").write_bytes(PNG + bytes(3 << 20))
    notebook = submit(copied, "slow") / NAME
    content = nbformat.read(notebook, as_version=4)
    content.cells[:0] = SLOW
    nbformat.write(content, notebook)
    assert autograde(copied, "--student=slow").returncode == 0

    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

    command = [sys.executable, "-m", "nbgrader", "generate_feedback", "tiny", "--student=slow"]
    process = subprocess.run(
        command, cwd=copied, env=tiny.environment(), preexec_fn=limit, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    assert (copied / "feedback" / "slow" / "tiny" / NAME.replace(".ipynb", ".html")).stat().st_size < 40_000_000
    assert "3 of 8 points" in overview(copied, "slow")


def test_a_student_cannot_take_a_file_home(course, tmp_path):
    copied = shutil.copytree(course, tmp_path / "course")
    notebook = submit(copied, "thief") / NAME
    content = nbformat.read(notebook, as_version=4)
    content.cells.append(new_markdown_cell("![](secret.csv) ![](../../../gradebook.db) ![](images/a.png)"))
    nbformat.write(content, notebook)
    assert autograde(copied, "--student=thief").returncode == 0
    assert nbexaminer(copied, "generate_feedback", "tiny", "--student=thief", program="nbgrader").returncode == 0
    assert [image["src"][:26] for image in page(copied, "thief").find_all("img")][-3:] == [
        "secret.csv",  # of these there is but the address
        "../../../gradebook.db",
        "data:image/png;base64,iVBO",
    ]
