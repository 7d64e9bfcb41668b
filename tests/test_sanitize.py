"""Nothing that a student writes or puts out runs script where others look at it: in feedback and in the formgrader.

A browser decides: Chromium renders both pages, and every element of them is clicked and hovered over. The same pages
without Sanitize show that the payloads are alive.
"""

import base64
import copy
import functools
import re
import shutil
import subprocess
import time

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat.v4 import new_notebook
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

import browser
from nbexaminer.feedback import FeedbackExporter
from nbexaminer.mend import KERNELSPEC
from nbexaminer.sanitize import Sanitize
from nbexaminer.truth import Truth
from samples import ROOT

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
CODE = "document.documentElement.setAttribute('owned'.concat('-','{n}'),'')"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload=\"{js}\"></svg>"

# payloads that run when nothing is done about them; {js} is the script
MARKUP = [
    "<script>{js}</script>",
    "<SCRIPT\n>{js}</SCRIPT >",
    "<img src=x onerror=\"{js}\">",
    "<img src=x\nonerror\n=\n\"{js}\">",
    "<svg onload=\"{js}\"></svg>",
    "<svg><animate onbegin=\"{js}\" attributeName=x dur=1s></svg>",
    "<svg><a href=\"javascript:{js}\"><text y=9>x</text></a></svg>",
    "<iframe srcdoc=\"<script>parent.{js}</script>\"></iframe>",
    "<iframe src=\"javascript:parent.{js}\"></iframe>",
    "<details open ontoggle=\"{js}\">x</details>",
    "<a href=\"javascript:{js}\">x</a>",
    "<a href=\"  jaVa&#9;scri&#10;pt:{js}\">x</a>",
    "<a href=\"&#x6a;avascript:{js}\">x</a>",
    "<p onmouseover=\"{js}\">x</p>",
    "<b onclick=\"{js}\">x</b>",
    "<input autofocus onfocus=\"{js}\">",
    "<video src=x onerror=\"{js}\"></video>",
    "<form><button formaction=\"javascript:{js}\">x</button></form>",
    "<object data=\"javascript:parent.{js}\"></object><embed src=\"javascript:parent.{js}\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror={js}&gt;\">",
    "<noscript><p title=\"</noscript><img src=x onerror='{unquoted}'>\"></noscript><img src=x onerror=\"{js}\">",
    "<!--><img src=x onerror=\"{js}\">-->",
    "<div style=\"animation-name:rotation\" onanimationstart=\"{js}\" onclick=\"{js}\">x</div>",
    "<p title=\"a>b\" onclick=\"{js}\">x</p>",
    "</pre></code></div><img src=x onerror=\"{js}\">",
]  # fmt: skip
MARKDOWN = [
    "[x](javascript:{unquoted})",
    "[x](<javascript:{unquoted}>)",
    "[x][1]\n\n[1]: javascript:{unquoted}",
    "<javascript:{unquoted}>",
    "[x](files/javascript:{unquoted})",
    "<a href=\"/FILES/files/javascript:{js}\">x</a> <a href=\"files/javascript:{js}\">x</a>",
    "![x](x\"onerror=\"{unquoted})\n\n<img src=x onerror=\"{js}\">",
    "```mermaid\n</pre><img src=x onerror=\"{js}\">\n```",
    "$$ x $$ <img src=x onerror=\"{js}\">",
    "\\begin{{equation}}x\\end{{equation}}<img src=x onerror=\"{js}\">",
    "| a |\n|---|\n| <img src=x onerror=\"{js}\"> |",
    "# <img src=x onerror=\"{js}\">",
    "`` ` ``<img src=x onerror=\"{js}\">``",
]  # fmt: skip
TEXTS = [
    "<script>{js}</script>",
    "\x1b[31m<img src=x onerror=\"{js}\">\x1b[0m",
    "\x1b[3\"><img src=x onerror=\"{js}\">m",
    "<img src=x \x1b[1monerror=\"{js}\">",
    "</pre><img src=x onerror=\"{js}\">",
]  # fmt: skip


def code(source="1", *outputs, **fields):
    """A cell that need not be valid; neither the other two."""
    count = {"execution_count": None, "metadata": {}}
    return {"cell_type": "code", "id": "x", "source": source, "outputs": list(outputs)} | count | fields


def markdown(source, **fields):
    return {"cell_type": "markdown", "id": "x", "source": source, "metadata": {}} | fields


def raw(source, **fields):
    return markdown(source, **fields) | {"cell_type": "raw"}


def shown(kind, value, **metadata):
    return {"output_type": "display_data", "data": {kind: value, "text/plain": "x"}, "metadata": {kind: metadata}}


def placed(place, text):
    """A cell with a text in one of the places that a student can fill."""
    if place in ("markdown", "raw", "code"):
        return {"markdown": markdown, "raw": raw, "code": code}[place](text)
    if place == "stream":
        return code("1", {"output_type": "stream", "name": "stdout", "text": text})
    if place == "traceback":
        return code("1", {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]})
    return code("1", shown(place, text))


def payloads():
    """(what it is, function of a script that makes a cell) of every payload in every place."""

    def put(place, payload):
        def make(js):
            # in Markdown's own syntax no quotes or spaces
            plain = f"eval(atob(`{base64.b64encode(js.encode()).decode()}`))"
            return placed(place, payload.format(js=js, unquoted=plain))

        return f"{place}: {payload}", make

    for places, texts in (
        (["markdown", "raw", "text/html", "text/markdown"], MARKUP),
        (["markdown", "text/markdown"], MARKDOWN),
        (["code", "stream", "traceback", "text/plain", "text/latex"], TEXTS),
        (["image/svg+xml"], [SVG]),
        (["application/javascript"], ["{js}"]),
        (["text/vnd.mermaid"], ['<img src=x onerror="{js}">']),
        (["application/vnd.jupyter.widget-view+json"], ["</script><script>{js}</script>"]),
        (["image/png", "image/jpeg"], ['x" onerror="{js}', PNG + '" onload="{js}']),
    ):
        yield from (put(place, text) for place in places for text in texts)
    image = '<img src=x onerror="{}">'
    for kind in ("image/png", "image/jpeg"):
        yield f"width {kind}", lambda js, kind=kind: code("1", shown(kind, "x", width=f"1 onerror={js}"))
        yield f"alt {kind}", lambda js, kind=kind: code("1", shown(kind, "x", alt=f'" onerror="{js}'))
    yield "isolated", lambda js: code("1", shown("text/html", f"<script>parent.{js}</script>", isolated=True))
    yield "alt of a cell", lambda js: code("1", shown("image/png", "x"), metadata={"alt": f'" onerror="{js}'})
    yield "raw HTML", lambda js: raw(image.format(js), metadata={"raw_mimetype": "text/html"})
    yield "execution count", lambda js: code(execution_count=image.format(js))
    yield "count of a result", lambda js: code("1", shown("text/plain", "x") | {"execution_count": image.format(js)})
    for quote in ('"', "'", " "):
        yield f"id {quote}", lambda js, quote=quote: code(id=f"{quote}>{image.format(js)}")
        yield f"id on {quote}", lambda js, quote=quote: markdown("x", id=f"{quote} onclick={quote}{js}")
        yield f"tag {quote}", lambda js, quote=quote: code(metadata={"tags": [f"{quote}>{image.format(js)}"]})
        yield f"tag on {quote}", lambda js, quote=quote: markdown("x", metadata={"tags": [f'x{quote} onclick="{js}']})
    for kind, value in (
        ("image/svg+xml", "PHN2Zy8+"),
        ("text/html", "PHNjcmlwdD4="),
        ('image/png" onerror="{}', "x"),
        ("image/png", 'x" onerror="{}'),
        ("application/json", "{}"),
    ):
        yield (
            f"attachment {kind} {value}",
            lambda js, kind=kind, value=value: markdown(
                "![a](attachment:a)", attachments={"a": {kind.format(js): value.format(js)}}
            ),
        )
    yield "missing attachment", lambda js: markdown("![a](attachment:b)")


PAYLOADS = list(payloads())
NOTEBOOK = new_notebook(
    metadata={
        "title": "</title><script>{js}</script>",
        "kernelspec": KERNELSPEC,
        "language_info": {"name": "x", "pygments_lexer": "</script><script>1</script>"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}, "x": "</script>"}},
    }
)


def of(*cells):
    """A notebook of cells."""
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}" if cell["id"] == "x" else cell["id"]
    return nbformat.from_dict(NOTEBOOK | {"cells": list(cells)})


def notebook(makers):
    """A notebook that holds these payloads; the n-th sets the attribute owned-n of the page."""
    return of(*(make(CODE.format(n=n)) for n, (_, make) in makers))


def sanitized(made):
    """A notebook after Sanitize, written and read as nbgrader does."""
    nothing = Truth(cells={}, answers={}, texts={}, kernelspec=None)
    submission = {"assignment": "none", "notebook": "none", "student": "x", "truth": nothing}
    made, _ = Sanitize().preprocess(copy.deepcopy(made), {"nbgrader": submission})
    nbformat.validate(made)
    return nbformat.reads(nbformat.writes(made), as_version=4)


@functools.cache
def exporter(kind, config=None):
    """As nbgrader makes it, once for many pages."""
    exporter = kind(config=config() if config else None)
    exporter.register_preprocessor(CSSHTMLHeaderPreprocessor, enabled=True)
    return exporter


def feedback(made):
    """The page without its own policy against scripts, so that what is tested here is Sanitize."""
    numbers = {"notebook": "none", "score": 0, "max_score": 0, "late_penalty": 0}
    overview = {"parts": [], "comments": [], "first": None, "waiting": 0}
    resources = {"nbgrader": numbers, "overview": overview}
    page = exporter(FeedbackExporter).from_notebook_node(copy.deepcopy(made), resources=resources)[0]
    open_page = re.sub("<meta [^>]*Content-Security-Policy[^>]*>", "", page)
    assert open_page != page
    return open_page


def formgraders():
    return FormgradeExtension().build_extra_config()


def formgrader(made):
    names = ("assignment_id", "notebook_id", "submission_id", "student", "last_name", "first_name", "notebook_path")
    resources = dict.fromkeys(names, "x") | {"index": 0, "total": 1, "base_url": ""}
    made = copy.deepcopy(made)
    return exporter(HTMLExporter, formgraders).from_notebook_node(made, resources=resources)[0]


PAGES = [feedback, formgrader]
USER = """<script>
document.addEventListener("click", event => {
  const link = event.target.closest("a");
  if (link && !/^\\s*javascript:/i.test(link.href.baseVal || link.href)) event.preventDefault();
}, true);
addEventListener("load", () => {
  for (const element of document.querySelectorAll("body *"))
    for (const type of ["mouseover", "click", "focus"])
      element.dispatchEvent(new MouseEvent(type, {bubbles: true, cancelable: true}));
});
</script>"""


def owned(html, folder):
    """Numbers of the payloads that a browser runs when somebody looks at a page."""
    chromium = next(filter(None, map(shutil.which, browser.NAMES)), None)
    if not chromium:
        pytest.skip(browser.MISSING)
    page = folder / "page.html"
    page.write_text(re.sub(r"<script src=\"http[^>]*>", "<script>", html) + USER)  # not from the network
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=5000",
        f"--user-data-dir={folder}/data",
    ]
    process = subprocess.run(
        [chromium, *flags, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120
    )
    assert "</html>" in process.stdout, process.stderr
    return {int(n) for n in re.findall(r"owned-(\d+)=", process.stdout.split("<head", 1)[0])}


@pytest.mark.parametrize("page", PAGES)
def test_no_payload_runs_in_a_browser(page, tmp_path):
    made = notebook(enumerate(PAYLOADS))
    assert owned(page(sanitized(made)), tmp_path) == set()


@pytest.mark.parametrize("page", PAGES)
def test_the_payloads_are_alive(page, tmp_path):
    """Without Sanitize most of them run, or the test above would show nothing."""
    # left out: those that swallow the rest of the page, and those that nbconvert refuses
    greedy = re.compile("<!--|mermaid|noscript|attachment|widget|</script|pre>|srcdoc=")
    rest = [(n, payload) for n, payload in enumerate(PAYLOADS) if not greedy.search(payload[0])]
    rest = [(n, payload) for n, payload in rest if nbformat.validator.isvalid(notebook([(n, payload)]))]
    ran = owned(page(notebook(rest)), tmp_path)
    assert len(ran) > 50, [what for n, (what, _) in rest if n not in ran]


def risks(html):
    """What in a page could run script, as BeautifulSoup sees it."""
    found = []
    for tag in BeautifulSoup(html, "html.parser").find_all(True):
        if tag.name in ("script", "iframe", "object", "embed", "svg", "math", "form", "base", "link", "meta", "style"):
            found.append(tag.name)
        for name, value in tag.attrs.items():
            value = re.sub(r"[\x00-\x20]", "", value if isinstance(value, str) else " ".join(value)).lower()
            if name.startswith("on") or name in ("srcdoc", "formaction") or re.match("(javascript|vbscript):", value):
                found.append((tag.name, name, value))
            if value.startswith("data:") and not value.startswith(("data:image/png;", "data:image/jpeg;")):
                found.append((tag.name, name, value))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_no_payload_is_left_in_the_page(page):
    """Without a browser, each payload by itself: the page has no more risks than one without payloads."""
    harmless = risks(page(sanitized(of(code()))))
    for n, payload in enumerate(PAYLOADS):
        assert risks(page(sanitized(notebook([(n, payload)])))) == harmless, payload[0]


@pytest.mark.parametrize(
    "text",
    [
        r"$\href{javascript:alert(1)}{x}$",
        r"$$\require{action}\toggle{a}{b}\endtoggle$$",
        r"\begin{equation}\cssId{formgrade}{x}\end{equation}",
        r"\\[ \style{position:fixed}{x} \\]",
        r"\hr<!-- -->ef{javascript:alert(1)}{x}",
        r"\h&#114;ef{javascript:alert(1)}{x}",
    ],
)
def test_formulas_do_not_reach_out_of_the_page(text):
    """Also where somebody has MathJax without its safe mode."""
    outputs = shown("text/html", f"<p>{text}</p>"), shown("text/latex", text), shown("text/markdown", text)
    made = sanitized(of(markdown(text), code("", *outputs)))
    page = BeautifulSoup(formgrader(made), "html.parser").find(id="notebook-container")
    for tag in page.find_all(["pre", "code"]):  # MathJax leaves these alone
        tag.decompose()
    assert not re.search(r"\\(href|require|cssId|style)", page.text)


GOOD = [
    "# A heading\n\nText with *stress*, `code < 1`, a [link](https://example.org) and <https://example.org>.",
    "> a quotation\n\n1. one\n2. two\n   - three\n\n- [ ] to do\n\n---\n\nterm\n: what it is",
    "| a | b |\n|:--|--:|\n| 1 | `x` |",
    "```python\ndef f(x):\n    return x < 1 & x > 2\n```\n\n    indented <script>\n",
    r"$a < b$, $$\begin{pmatrix} a & b \\ c & d \end{pmatrix}$$ \begin{align} a &= b \\ c &= d \end{align}",
    "<div align=\"center\"><img src=\"images/x.png\" width=\"300\" alt=\"a picture\"><br>below it</div>",
    "<table><tr><td>1</td></tr></table>",
    "<span style=\"color:red; font-weight: bold\">red</span> and H<sub>2</sub>O, 3 < 4 && 5 > 4",
    f"![a picture](attachment:a.png) and ![another](data:image/png;base64,{PNG})",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_harmless_text_stays_as_it_is(text):
    cell = markdown(text, attachments={"a.png": {"image/png": PNG}})
    (after,) = sanitized(of(cell)).cells
    assert (after.source, after.attachments) == (text, cell["attachments"])


def test_the_course_of_this_repository_stays_as_it_is():
    path = ROOT / "release" / "simple-neural-network" / "simple-neural-network.ipynb"
    before = nbformat.read(path, as_version=4)
    after = sanitized(before)
    assert [cell.source for cell in after.cells] == [cell.source for cell in before.cells]


def test_harmless_outputs_stay():
    table = (
        '<div>\n<style scoped>\n    .dataframe tbody tr th {\n        vertical-align: top;\n    }\n</style>\n'
        '<table border="1" class="dataframe">\n  <thead>\n    <tr style="text-align: right;">\n      <th>a</th>\n'
        "    </tr>\n  </thead>\n  <tbody>\n    <tr>\n      <td>1 &lt; 2</td>\n    </tr>\n  </tbody>\n</table>\n</div>"
    )  # fmt: skip
    outputs = [
        shown("text/html", table),
        shown("image/png", PNG, width=300, height=200, needs_background="light"),
        shown("text/latex", r"$\displaystyle \frac{a}{b}$"),
        {"output_type": "stream", "name": "stderr", "text": "\x1b[31mred\x1b[0m < 5"},
    ]
    (cell,) = sanitized(of(code("1", *outputs, execution_count=3))).cells
    html, image, latex, stream = cell.outputs
    assert cell.execution_count == 3
    assert "<th>a</th>" in html.data["text/html"] and "<td>1 &lt; 2</td>" in html.data["text/html"]
    assert "vertical-align" not in html.data["text/html"]  # a style sheet without its element would be text
    assert (image.data["image/png"], image.metadata) == (PNG, {"image/png": {"width": 300, "height": 200}})
    assert latex.data["text/latex"] == outputs[2]["data"]["text/latex"]
    assert stream == outputs[3]


GARBAGE = [None, 5, "x", [], [5], {}, {"a": 5}, True, "\ud800", ["x", 5]]


def test_garbage_from_a_kernel_that_lies():
    """Whatever is where in an output, the notebook is valid after, and both pages can be made."""
    whole = [
        {"output_type": "stream", "name": "stdout", "text": "x"},
        {"output_type": "error", "ename": "x", "evalue": "x", "traceback": ["x"]},
        {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "x"}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/png": "x"}, "metadata": {"image/png": {"width": 1}}},
        {
            "output_type": "display_data",
            "data": {"text/html": "x", "text/latex": "x", "text/markdown": "x"},
            "metadata": {},
        },
    ]
    cells = [code("1", output | {key: garbage}) for output in whole for key in output for garbage in GARBAGE]
    cells += [code(execution_count=garbage) for garbage in GARBAGE]
    for kind in ("image/png", "text/html", "text/markdown", "text/latex", "text/plain", "x/y"):
        cells += [code("1", shown(kind, garbage)) for garbage in GARBAGE]
    made = sanitized(of(*cells))
    made = nbformat.reads(nbformat.writes(made).encode().decode(), as_version=4)
    for page in PAGES:
        page(made)


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 20_000,
        "> " * 5_000,
        "[" * 20_000,
        "*a" * 20_000,
        "`" * 30_000,
        "\x1b[1m" * 300_000,
        "\x1b[" + "1;" * 300_000 + "m",
        "$" * 20_000,
        "<a href='" * 5_000,
        "&" * 50_000,
        "| a " * 10_000 + "\n" + "|---" * 10_000,
    ],
    ids=lambda text: ascii(text[:10]),
)
def test_pages_are_made_in_a_moment_whatever_it_is(text):
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": text},
        shown("text/html", text),
        shown("text/markdown", text),
        shown("text/latex", text),
    ]
    begin = time.process_time()
    made = sanitized(of(markdown(text), raw(text), code("", *outputs)))
    middle = time.process_time()
    feedback(made)
    assert middle - begin < 10
    assert time.process_time() - middle < 10
