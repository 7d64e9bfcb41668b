"""What students get back: `FeedbackExporter`, a page without scripts, and `Overview`, what stands on top of it.

Both are put to work by ``nbgrader generate_feedback``, see nbgrader_config.py. What would take much time or memory is
left plain: one student's notebook must not keep a class from its feedback.
"""

import mimetypes
import re
import sys
from base64 import b64encode
from pathlib import Path
from urllib.parse import unquote

from bs4 import BeautifulSoup
from jinja2 import FileSystemLoader, pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.v4 import new_output
from nbgrader import preprocessors
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_locked, is_solution, is_task
from traitlets import default

from nbexaminer.mathml import latex, mathml, verbatim
from nbexaminer.mistakes import told, unended
from nbexaminer.page import duration
from nbexaminer.submission import CONTROL

TEMPLATES = Path(__file__).parent / "templates"
HEADING = re.compile(r"^##? (.+)", re.M)
FENCED = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
ANCHOR = "cell-id="  # what nbconvert's templates put before a cell's id
UNNAMED = re.compile(r"cell-[0-9a-f]{8,}")  # what nbgrader calls a cell that nobody has named
UNTOUCHED = "No response."  # nbgrader's own comment on an answer that is as it was released

LIMITS = {"code": 50_000, "formulas": 50_000, "images": 20 << 20}
"""Of a page: characters of a student's code that are coloured, characters of formulas, bytes of images."""

KEPT_LINES = 20, 20  # of what a cell prints, the first and the last
STOPPED = "This cell did not come to an end in the time it has, and was stopped. Is there a loop without an end?"

MAX_CODE, MAX_LINES = 5_000, 500  # of a cell: pygments takes a time that grows with their square


class Overview(NbGraderPreprocessor):
    """Puts an overview of a student's notebook into ``resources["overview"]``, for the template.

    In ``GenerateFeedback.preprocessors``, after GetGrades. The overview is a dict:

    parts : list of dict
        Those of the notebook, by its headings of levels 1 and 2, that have graded cells: title, score, points, checks.
    first : dict or None
        The check to look at first: the first that has lost points, as what stands further down builds on it.
    waiting : int
        How many cells have yet to be graded by hand.
    comments : list of dict
        What graders have written: name (of the cell), anchor.
    student : str
        Whose it is: the name, if the gradebook has one, and the number.
    late : str
        How late it was handed in, in words; "" if it was not, or that is not known.

    A check is a dict, and in the metadata of its cell, too: name; anchor; score, points; state (right, part, wrong, or
    waiting); by_hand, whether a person gave the points; said, what failed, a list of str; cause, the error that ended
    the answer's own cell, if one did.
    """

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            notebook = gradebook.find_submission_notebook(where["notebook"], where["assignment"], where["student"])
            self.given = {grade.name: (grade.auto_score, grade.manual_score) for grade in notebook.grades}
            late, person = notebook.assignment.total_seconds_late, notebook.student
            names = " ".join(filter(None, [person.first_name, person.last_name]))
            whose = f"{names} ({person.id})" if names else person.id
        parts, comments, title, cause = [], [], "", None
        for number, cell in enumerate(nb.cells, 1):
            cell.setdefault("id", f"cell-{number}")
            name = _name(cell, number)
            if is_solution(cell):
                cause = None if is_grade(cell) else _error(cell)
            if (is_grade(cell) or is_task(cell)) and (cell.metadata.nbgrader["points"] or _said(cell)):
                cell.metadata["check"] = check = self._check(cell, name, cause)
                if not parts or parts[-1]["title"] != title:
                    parts.append({"title": title, "checks": []})
                parts[-1]["checks"].append(check)
            elif cell.cell_type == "markdown" and (headings := HEADING.findall(FENCED.sub("", cell.source))):
                title = re.sub(rf"[`*{CONTROL}\ud800-\udfff]", "", headings[-1].rstrip("# "))[:100]
            if cell.metadata.get("nbgrader", {}).get("comment") not in (None, "", UNTOUCHED):
                comments.append({"name": name, "anchor": _anchor(cell)})
            _describe_pictures(cell, name)
            _shorten(cell)
        for part in parts:
            part["score"] = sum(check["score"] for check in part["checks"])
            part["points"] = sum(check["points"] for check in part["checks"])
        checks = [check for part in parts for check in part["checks"]]
        resources["overview"] = {
            "parts": parts,
            "first": next((check for check in checks if check["state"] in ("part", "wrong")), None),
            "waiting": sum(check["state"] == "waiting" for check in checks),
            "comments": comments,
            "student": whose,
            "late": duration(late) if late else "",
        }
        return nb, resources

    def _check(self, cell, name, cause):
        score, points = cell.metadata.nbgrader["score"], cell.metadata.nbgrader["points"]
        said = _said(cell)
        by_machine, by_hand = self.given[cell.metadata.nbgrader["grade_id"]]
        if by_machine is None and by_hand is None:
            state = "waiting"
        else:
            right = score >= points and (points or not said)
            state = "right" if right else "part" if score > 0 else "wrong"
            said = [] if right else said  # a person may think better of it than the test does
        return {
            "name": name,
            "anchor": _anchor(cell),
            "score": score,
            "points": points,
            "state": state,
            "by_hand": by_hand is not None,
            "said": said,
            "cause": cause if state in ("part", "wrong") else None,
        }


def _name(cell, number):
    """What a cell is called on the page."""
    name = cell.metadata.get("nbgrader", {}).get("grade_id") or ""
    if not name or UNNAMED.fullmatch(name):
        return f"cell {number}"
    return name.removeprefix("test_").replace("_", " ")


def _anchor(cell):
    """The id that nbconvert's templates give to a cell."""
    return f"{ANCHOR}{cell.id}"


def _errors(cell):
    return [output for output in cell.get("outputs", []) if output.output_type == "error"]


def _error(cell):
    """The error that ended a cell, in a line; None if there was none."""
    if unended(cell):
        return STOPPED
    for error in _errors(cell):
        text = (told(error) or [f"{error.ename}: {error.evalue}"])[0]
        return text.split("\n")[0][:300].removesuffix(": ")
    return None


def _said(cell):
    """What is said of a graded cell, above all what failed in a test, a line for each check."""
    said = ["You have not changed this cell."] if cell.metadata.nbgrader.get("comment") == UNTOUCHED else []
    if is_solution(cell):
        return said
    for error in _errors(cell):
        # of a test that nbgrader ran in the student's kernel there is but the first check that failed
        said += told(error) or [error.evalue if error.ename == "AssertionError" else f"{error.ename}: {error.evalue}"]
    return said


def _shorten(cell):
    """Of long output keep the beginning and the end, and of errors what students can use."""
    outputs, stopped = [], unended(cell) and not is_grade(cell)
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            if stopped:  # by an interrupt, of which students know nothing
                continue
            for folder in {sys.prefix, sys.base_prefix}:  # of the grader's machine
                output.traceback = [line.replace(f"{folder}/", "") for line in output.traceback]
        if outputs and output.output_type == outputs[-1].output_type == "stream" and output.name == outputs[-1].name:
            outputs[-1].text += output.text
        else:
            outputs.append(output)
    for output in outputs:
        lines = output.text.splitlines() if output.output_type == "stream" else []
        if len(lines) > sum(KEPT_LINES) + 1:
            first, last = KEPT_LINES
            left_out = f"… {len(lines) - first - last} lines are left out here …"
            output.text = "\n".join([*lines[:first], left_out, *lines[-last:]])
    if stopped:
        outputs.append(new_output("error", ename=STOPPED, evalue="", traceback=[STOPPED]))
    if "outputs" in cell:
        cell.outputs = outputs


def _describe_pictures(cell, name):
    """Say to those who do not see a picture where it comes from."""
    for output in cell.get("outputs", []):
        for kind in {"image/png", "image/jpeg"} & output.get("data", {}).keys():
            output.metadata.setdefault(kind, {}).setdefault("alt", f"Drawn by the code of: {name}.")


class ClearHiddenTests(preprocessors.ClearHiddenTests):
    """nbgrader's, for test cells alone: on a student's own cell that has the marks in it, it ends with an error."""

    def preprocess_cell(self, cell, resources, cell_index):
        if is_grade(cell) and not is_solution(cell):
            return super().preprocess_cell(cell, resources, cell_index)
        return cell, resources


class FeedbackExporter(HTMLExporter):
    """A notebook with an `Overview` as a page of its own: ``c.GenerateFeedback.exporter_class``.

    No script, formulas are MathML, images are inside, so that one can mail it, print it or put it into an LMS. Images
    from elsewhere are not loaded.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.extra_loaders = [FileSystemLoader(TEMPLATES)]
        self.exclude_output_prompt = True

    @property
    def default_config(self):
        """nbconvert's, without its order of MIME types: nbgrader's preprocessors warn of that."""
        config = super().default_config.copy()
        config.pop("NbConvertBase", None)
        return config

    @default("template_file")
    def _template_file_default(self):
        return "feedback.html.j2"

    def default_filters(self):
        yield from super().default_filters()
        yield "code", self.code
        yield "comment", self.comment
        yield "latex", lambda text: latex(text) if self._fits("formulas", len(text)) else verbatim(text, "pre")

    def from_notebook_node(self, nb, resources=None, **kwargs):
        self._left = dict(LIMITS)
        return super().from_notebook_node(nb, resources, **kwargs)

    def _fits(self, what, size):
        """Whether there is room on the page for so much more."""
        self._left[what] -= size
        return self._left[what] >= 0

    def code(self, cell):
        """The source of a cell, coloured."""
        source = cell.source
        short = len(source) <= MAX_CODE and source.count("\n") < MAX_LINES
        if is_locked(cell) or (short and self._fits("code", len(source))):
            return Highlight2HTML(pygments_lexer="ipython3", parent=self)(source, metadata=cell.metadata)
        return verbatim(source, "pre")

    @pass_context
    def markdown2html(self, context, source):
        """nbconvert's filter, with formulas and images as the page wants them."""
        page = self._render(source, attachments=context.get("cell", {}).get("attachments", {}))
        return embedded(page, context["resources"].get("metadata", {}).get("path"), self._fits)

    def comment(self, source):
        """What a teacher has written, in which x<y is no HTML."""
        return self._render(source, escape=True)

    def _render(self, source, escape=False, attachments=None):
        renderer = Renderer(escape=escape, attachments=attachments or {})
        renderer.fits = self._fits
        return MarkdownWithMath(renderer=renderer).render(source)


class Renderer(IPythonRenderer):
    """nbconvert's, with MathML in place of formulas for MathJax."""

    def block_math(self, body):
        return f'<span class="formula">{self._formula(body, "block")}</span>'  # one that may be in a paragraph

    def inline_math(self, body):
        return self._formula(body)

    def latex_environment(self, name, body):
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def _formula(self, body, display="inline"):
        return mathml(body, display) if self.fits("formulas", len(body)) else verbatim(body)


def embedded(page, folder, fits):
    """HTML with those images inside that are files of a folder, and with an end for each element.

    nbconvert would embed whatever file is named, so a student could take home what lies in there.

    Parameters
    ----------
    page : str
    folder : str or None
    fits : function
        (what, size): whether there is room for so much more.

    Returns
    -------
    str
    """
    soup = BeautifulSoup(page, "html.parser")
    for image in soup.find_all("img", src=True) if folder else ():
        kind = mimetypes.guess_type(image["src"])[0] or ""
        try:
            path = Path(folder, unquote(image["src"])).resolve()
            ours = kind.startswith("image/") and path.is_relative_to(Path(folder).resolve()) and path.is_file()
            if ours and fits("images", path.stat().st_size):
                image["src"] = f"data:{kind};base64,{b64encode(path.read_bytes()).decode()}"
        except (OSError, ValueError):  # no path at all
            continue
    for element in soup.find_all(id=re.compile(f"^{ANCHOR}")):  # a heading that poses as a cell
        del element["id"]
    return str(soup)
