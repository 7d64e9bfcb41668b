"""What students and instructors do in a browser, done in one: Chromium, without a window.

On the way pictures are taken, into build/screenshots/; `make screenshots` puts those of the README into docs/.
"""

import csv
import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.api import Gradebook

import browser as real
from nbexaminer.feedback import FeedbackExporter
from samples import ASSIGNMENT, NOTEBOOK, ROOT, complete, make_course, model_answers, nbgrader, read_sample, submit

WRONG = "wrong/incomplete_"
CLASS = {  # name, what is done, what is wrong in it; most stop early, which takes less time to grade
    "student-01": ("Ada", "Example", "right/typed_and_documented", None),
    "student-02": ("Ben", "Example", f"{WRONG}stops_after_logistic_regression", "wrong/tanh_derivative_no_square"),
    "student-03": ("Chen", "Example", f"{WRONG}no_backprop", "wrong/forward_pass_bias_forgotten"),
    "student-04": ("Dora", "Example", f"{WRONG}part_2_only", "wrong/cross_entropy_sum_not_mean"),
    "student-05": ("Emil", "Example", f"{WRONG}part_2_only", "wrong/tanh_derivative_no_square"),
    "student-06": ("Finn", "Example", f"{WRONG}activations_only", None),
}
# ways to run a script in somebody else's browser; {} is the script
WAYS = [
    "<script>{}</script>",
    "<img src=x onerror='{}'>",
    "<svg onload='{}'></svg>",
    "<iframe srcdoc='<script>{}</script>'></iframe>",
    "<details open ontoggle='{}'>details</details>",
    "<p onmouseover='{}'>text</p>",
    "<a href='javascript:{}'>a link</a>",
    "[a link](javascript:{})",
]
# moves over and clicks on all that students have written; other links than those to scripts are not followed
USER = """() => {
  document.addEventListener("click", event => {
    const link = event.target.closest("a");
    if (link && !/^\\s*javascript:/i.test(link.href)) event.preventDefault();
  }, true);
  for (const element of document.querySelectorAll(".text_cell_render *, .output *"))
    for (const type of ["mouseover", "click"])
      element.dispatchEvent(new MouseEvent(type, {bubbles: true, cancelable: true}));
  const last = document.body.appendChild(document.createElement("a"));
  last.href = "javascript:void(window.last = true)";
  last.click();
}"""


@pytest.fixture(scope="module")
def course(browser, tmp_path_factory):
    """A course with a graded class, but for one: Gil's, student-07's, submission is yet to be graded."""
    root = tmp_path_factory.mktemp("browser") / "course"
    make_course(root)
    run(root, "generate_assignment", ASSIGNMENT)
    model = model_answers()
    for student, (_, _, done, mistake) in CLASS.items():
        answers = complete(read_sample(ROOT / f"samples/{done}.py"), model)
        submit(root, student, answers | (read_sample(ROOT / f"samples/{mistake}.py")[1] if mistake else {}))
    hand_in_scripts(root, "student-08")
    with Gradebook(f"sqlite:///{root}/gradebook.db", "neural-networks") as gradebook:
        for student, (first, last, *_) in (
            CLASS | {"student-07": ("Gil", "Example"), "student-08": ("Hal", "Example")}
        ).items():
            gradebook.add_student(student, first_name=first, last_name=last)
    run(root, "autograde", ASSIGNMENT, program="nbexaminer")
    looks = f"import os\nprint('The course is', 'there' if os.path.exists({str(root)!r}) else 'not there')\n"
    submit(root, "student-07", {"relu": looks + model["relu"].replace("> 0", ">= 0")})
    return root


def run(root, *command, program="nbgrader"):
    process = nbgrader(root, *command, program=program)
    assert process.returncode == 0, process.stderr


def hand_in_scripts(root, student):
    """Every way in what cells put out, in what they have put out when the notebook is handed in, and in text."""
    ways = [way.format(f"parent.owned.push({n})") for n, way in enumerate(WAYS)]
    answer = f"from IPython.display import HTML, display\nfor way in {ways!r}:\n    display(HTML(way))\n"
    submit(root, student, {"logistic": answer, "tanh": model_answers()["tanh"]})
    path = root / "submitted" / student / ASSIGNMENT / NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "logistic")
    cell.outputs = [new_output("display_data", {"text/html": way}) for way in ways]
    notebook.cells += [new_markdown_cell(way) for way in ways]
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def formgrader(course, tmp_path_factory):
    with real.server(course, tmp_path_factory.mktemp("instructor")) as server:
        yield server


def submissions(page, formgrader):
    """Go to the page with all submissions, as one does; a function of a student for their row."""
    page.goto(formgrader("formgrader"))
    page.locator("#main-table tr", has_text=ASSIGNMENT).locator(".num-submissions a").click()
    page.locator(".student-id", has_text="student-07").wait_for()
    return lambda student: page.locator("#main-table tr", has=page.locator(f".student-id[data-order='{student}']"))


def submission(page, formgrader, student):
    """Go to a graded submission."""
    submissions(page, formgrader)(student).locator(".student-name a").click()
    page.locator("#main-table a", has_text=ASSIGNMENT).click()
    page.wait_for_function("window.formgrader?.grades?.loaded && formgrader.comments?.loaded")


def autograde(page, formgrader, student):
    """Press the button of a submission, and wait for what comes of it; the student's row."""
    row = submissions(page, formgrader)(student)
    row.locator(".autograde a").click()
    done = page.locator(".modal-dialog")
    done.get_by_text("Successfully autograded").wait_for()
    done.get_by_role("button", name="Close").last.click()
    done.wait_for(state="detached")
    return row


def exported(root, student):
    """A student's score in grades.csv, written anew."""
    run(root, "export")
    with open(root / "grades.csv") as file:
        (score,) = (float(row["score"]) for row in csv.DictReader(file) if row["student_id"] == student)
    return score


def test_a_student_solves_a_cell_runs_all_and_validates(browser, course, tmp_path):
    desk = shutil.copytree(course / "release" / ASSIGNMENT, tmp_path / "desk")
    answer = model_answers()["logistic"]
    with real.server(desk, tmp_path / "home") as server, real.visit(browser, "student", server, height=960) as page:
        page.goto(server(f"lab/tree/{NOTEBOOK}"))
        page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        cells = page.locator(".jp-CodeCell")
        solved = cells.filter(has_text="def logistic")
        solved.locator(".cm-content").click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(answer)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        cells.filter(has_text="# Checks: tanh(x)").filter(has_text="NotImplementedError").wait_for()
        page.get_by_role("button", name="Validate").click()
        dialog = page.locator(".jp-Dialog")
        dialog.get_by_text("Validation Results").wait_for()
        solved.evaluate("cell => cell.scrollIntoView()")  # for the picture
        real.picture(page, "student")
        told = {text.splitlines()[0] for text in dialog.locator("pre").all_inner_texts()}
    saved = nbformat.read(desk / NOTEBOOK, as_version=4).cells
    assert answer in [cell.source for cell in saved]
    assert {"# Checks: tanh(x)", "# Checks: backprop over several epochs, and over none"} < told
    assert {"# Checks: logistic(x)", "# Checks: logistic(x, deriv=True)"}.isdisjoint(told)


def test_an_instructor_opens_the_formgrader_in_jupyterlab(browser, formgrader):
    with real.visit(browser, "lab", formgrader) as page:
        page.goto(formgrader("lab"))
        page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
        page.get_by_role("menuitem", name="Formgrader", exact=True).click()
        page.frame_locator("iframe").locator("#main-table a", has_text=ASSIGNMENT).wait_for()


def test_the_formgrader_shows_assignment_and_submissions(browser, formgrader):
    with real.visit(browser, "formgrader", formgrader, height=640) as page:
        row = submissions(page, formgrader)
        assert row("student-07").locator(".status").inner_text() == "needs autograding"
        assert row("student-01").locator(".score").inner_text() == "100 / 100"
        real.picture(page, "formgrader")


def test_the_autograde_button_goes_through_nbexaminer(browser, formgrader):
    with real.visit(browser, "button", formgrader) as page:
        autograde(page, formgrader, "student-07").get_by_text("3 / 100").wait_for()
        submission(page, formgrader, "student-07")
        page.get_by_text("The course is not there").wait_for()  # in a room it is not
        page.get_by_text("✗ relu(x, deriv=True)").first.wait_for()
        assert page.locator("#test_relu_derivative").get_attribute("placeholder") == "0"


def ran(page):
    """The WAYS in which a script has run, after somebody has moved over all that is on the page, and clicked on it."""
    page.wait_for_load_state("networkidle")
    page.evaluate(USER)
    page.wait_for_function("window.last")
    return sorted(set(page.evaluate("owned")))


def test_a_hostile_page_runs_no_script(browser, formgrader):
    with real.visit(browser, "hostile", formgrader) as page:
        page.add_init_script("window.owned = []")
        submission(page, formgrader, "student-08")
        assert page.get_by_text("a link").count() >= 2  # it is the page with the scripts in it
        assert ran(page) == []


def test_the_same_page_as_it_was_handed_in_runs_them(browser, course, formgrader):
    """Or the test above would show nothing."""
    path = course / "autograded" / "student-08" / ASSIGNMENT / NOTEBOOK
    graded = path.rename(path.with_name("graded"))
    try:
        shutil.copy(course / "submitted" / "student-08" / ASSIGNMENT / NOTEBOOK, path)
        with real.visit(browser, "as-handed-in", formgrader) as page:
            page.add_init_script("window.owned = []")
            submission(page, formgrader, "student-08")
            assert ran(page) == list(range(len(WAYS)))
    finally:
        graded.replace(path)


def test_the_report_renders_without_errors(browser, course):
    run(course, "report", ASSIGNMENT, program="nbexaminer")
    with real.visit(browser, "report", height=1100) as page:
        page.goto((course / "report" / f"{ASSIGNMENT}.html").as_uri())
        assert page.get_by_role("heading", level=1).count() == 1
        look(page, "report")


def test_the_feedback_renders_without_errors(browser, course):
    run(course, "generate_feedback", ASSIGNMENT, "--student=student-02")
    with real.visit(browser, "feedback") as page:
        page.goto((course / "feedback" / "student-02" / ASSIGNMENT / f"{ASSIGNMENT}.html").as_uri())
        look(page, "feedback")


def test_feedback_obeys_no_script_of_a_notebook_as_it_was_handed_in(browser, course, tmp_path):
    """The page's own policy holds where Sanitize has not been."""
    notebook = nbformat.read(course / "submitted" / "student-08" / ASSIGNMENT / NOTEBOOK, as_version=4)
    numbers = {"notebook": "student-08", "score": 0, "max_score": 0, "late_penalty": 0}
    overview = {"parts": [], "comments": [], "first": None, "waiting": 0}
    resources = {"nbgrader": numbers, "overview": overview, "inlining": {"css": []}}
    path = tmp_path / "feedback.html"
    path.write_text(FeedbackExporter().from_notebook_node(notebook, resources)[0])
    for policy, harm in (True, []), (False, list(range(len(WAYS)))):
        if not policy:  # or the rest would show nothing
            path.write_text(re.sub("<meta [^>]*Content-Security-Policy[^>]*>", "", path.read_text()))
        with real.visit(browser, "policy") as page:
            page.add_init_script("window.owned = []")
            page.goto(path.as_uri())
            page.evaluate(USER.replace(".text_cell_render *, .output *", "main *"))
            page.wait_for_timeout(500)  # a link's script is run a moment later
            assert sorted(set(page.evaluate("owned"))) == harm


def look(page, name):
    """A page that needs nobody else is shown without a complaint, with all of its pictures."""
    real.picture(page, name)
    page.wait_for_load_state("networkidle")
    pictures = page.locator("img").evaluate_all("all => all.map(each => each.naturalWidth)")
    assert pictures and all(pictures)
    assert (page.problems, page.outside) == ([], [])


def test_points_given_by_hand_are_exported_and_kept(browser, course, formgrader):
    with real.visit(browser, "by-hand", formgrader) as page:

        def by_hand():
            submission(page, formgrader, "student-05")
            return page.locator("#test_tanh_derivative")

        points = by_hand()
        assert (points.get_attribute("placeholder"), points.input_value()) == ("0", "")
        points.fill("2.5")
        with page.expect_response(lambda response: response.request.method == "PUT") as response:
            points.press("Tab")
        assert response.value.ok
        real.picture(page, "submission")
        assert exported(course, "student-05") == 35.5

        run(course, "autograde", ASSIGNMENT, "--force", "--student=student-05", program="nbexaminer")
        autograde(page, formgrader, "student-05").get_by_text("35.5 / 100").wait_for()
        assert by_hand().input_value() == "2.5"
    assert exported(course, "student-05") == 35.5
