"""At the student's desk: the released notebook in JupyterLab, in Notebook 7, in VS Code, and on the page to try it.

VS Code is not among what can be installed here, so what it needs to show a notebook is checked without it.
"""

import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import nbformat
import pytest

import browser as real
import cdn
import try_it
from samples import ASSIGNMENT, NOTEBOOK, ROOT, model_answers

RELEASE = ROOT / "release" / ASSIGNMENT
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.S)
PICTURE = re.compile(r"!\[.*?\]\((.*?)\)", re.S)
PYODIDE = "pyodide.mjs"  # what a page asks the CDN for, first of all
HARMLESS = (
    "/images/",  # Jupyter asks for a picture beside its own page first, then where it is,
    "404",  # and says so
    "(reading 'schema')",  # Notebook's list of shortcuts stumbles over settings that it does not have
)
# all that the formulas use; KaTeX, which VS Code has, knows them like MathJax does
MACROS = (
    r"\Bigl \Bigr \bigl \bigr \alpha \delta \sigma \varepsilon \approx \cdot \frac \hat \ldots \le \leftarrow "
    r"\rightarrow \xrightarrow \log \max \tanh \mathrm \mathtt \text \odot \partial \qquad \quad \sum \top "
    r"\underbrace \vec \begin \end"
)


@pytest.fixture
def notebook():
    return nbformat.read(RELEASE / NOTEBOOK, as_version=4)


@pytest.fixture
def text(notebook):
    """All that is written in Markdown, without code."""
    written = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```|`[^`\n]*`", "", written, flags=re.S)


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    """The page to try the notebook on, as `make site` makes it."""
    folder = tmp_path_factory.mktemp("try_it") / "site"
    try_it.build(folder)
    return folder


@pytest.fixture
def serve():
    """A function that serves a folder as any web server would; the address."""
    servers = []

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    def serve(folder):
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)))
        threading.Thread(target=servers[-1].serve_forever).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def look_at(page, notebook, text, kernel):
    """Look at an opened notebook: is all of it there, with pictures and formulas, and is nothing asked?

    Returns what else went wrong.
    """
    page.get_by_role("heading", name="Simple Neural Network").wait_for()
    page.locator(".jp-Toolbar-kernelName", has_text=kernel).wait_for()
    page.wait_for_function(
        """([cells, formulas, pictures]) =>
          document.querySelectorAll(".jp-Notebook .jp-Cell").length == cells &&
          document.querySelectorAll(".jp-RenderedMarkdown mjx-container").length == formulas &&
          [...document.querySelectorAll(".jp-RenderedMarkdown img")].filter(i => i.naturalWidth).length == pictures""",
        arg=[len(notebook.cells), len(FORMULA.findall(text)), len(PICTURE.findall(text))],
    )
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
    assert page.locator(".jp-Dialog").count() == 0
    return [problem for problem in page.problems if not any(harmless in problem for harmless in HARMLESS)]


@pytest.mark.parametrize(("app", "path"), [("jupyterlab", "lab/tree/"), ("notebook", "notebooks/")])
def test_jupyter_shows_it(browser, tmp_path, notebook, text, app, path):
    folder = shutil.copytree(RELEASE, tmp_path / "folder")
    with real.server(folder, tmp_path / "home", app) as server, real.visit(browser, app, server) as page:
        page.goto(server(path + NOTEBOOK))
        assert look_at(page, notebook, text, "Python 3") == []
        assert page.outside == []


def test_vs_code_can_show_it(notebook, text):
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)  # VS Code wants cells to have ids
    assert notebook.metadata.kernelspec.language == notebook.metadata.language_info.name == "python"
    assert (RELEASE / "requirements.txt").exists()  # it offers to install these
    pictures = PICTURE.findall(text)
    assert pictures
    assert all((RELEASE / path).is_file() for path in pictures)

    used = {name for formula in FORMULA.finditer(text) for name in re.findall(r"\\[a-zA-Z]+", formula[0])}
    assert used <= set(MACROS.split()), "look whether KaTeX knows these, too, then add them"
    rest = FORMULA.sub("", text)
    assert re.findall(r"\$|\\|\bbegin\{", rest) == [], "a formula that is not between $ and $, or $$ and $$"
    assert re.findall(r"<\w+", rest) == [], "HTML, which not every program shows"


def test_try_it_page_opens(browser, site, serve, notebook, text):
    with real.visit(browser, "try-it") as page:
        with page.expect_request(f"**/{PYODIDE}"):
            page.goto(serve(site))
        page.wait_for_url("**/notebooks/index.html?path=*")
        problems = look_at(page, notebook, text, "Python (Pyodide)")
        assert all(PYODIDE in problem or "ERR_FAILED" in problem for problem in problems)
        (address,) = set(page.outside)  # nothing else is fetched from elsewhere
        assert address.endswith(PYODIDE)


def test_try_it_page_runs_python(browser, site, serve, notebook, tmp_path):
    """Where npm and PyPI can be reached, with Pyodide from there, and stand-ins for numpy and matplotlib.

    With these the first cell comes as far as its imports.
    """
    folder = tmp_path / "cdn"
    folder.mkdir()
    cdn.fill(folder)
    first = next(n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells.insert(first, nbformat.v4.new_code_cell("import sys\nprint(6 * 7, sys.platform)"))
    with real.visit(browser, "try-it-starts") as page:
        cdn.play(page.context, folder)
        page.goto(serve(with_notebook(site, tmp_path, notebook)))
        outputs, failed = run_all(page)
        outputs.get_by_text("numpy is imported").or_(failed).first.wait_for(state="attached")
        imports = "".join(f"{name} is imported\n" for name in ("matplotlib", "matplotlib.pyplot", "numpy"))
        assert outputs.all_text_contents()[:2] == ["42 emscripten\n", imports]
        assert page.outside == []


def test_try_it_page_runs_the_model_solution(browser, site, serve, notebook, tmp_path):
    """Where the network allows it, with Pyodide from its CDN."""
    answers = model_answers()
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    with real.visit(browser, "try-it-runs") as page:
        page.context.unroute_all()  # here pages may fetch what is elsewhere
        with page.expect_request(f"**/{PYODIDE}") as asked:
            page.goto(serve(with_notebook(site, tmp_path, notebook)))
        reached = asked.value.response() is not None
        if reached:
            outputs, failed = run_all(page)
            last = outputs.get_by_text("0 of 25 are misclassified").nth(1)  # the first is the deep network's
            last.or_(failed).first.wait_for(state="attached", timeout=5 * real.SECONDS * 1000)
            assert failed.all_text_contents() == []
            assert outputs.locator("img").count() >= 10
    if not reached:
        pytest.skip("NO PYODIDE: nobody has run the notebook on the page to try it; the CDN is out of reach")


def with_notebook(site, folder, notebook):
    """A copy of the site with another notebook in it."""
    site = shutil.copytree(site, folder / "site")
    nbformat.write(notebook, site / "files" / NOTEBOOK)
    return site


def run_all(page):
    """Run the notebook; all outputs, and those of cells that fail, which the kernel writes to stderr."""
    page.get_by_role("heading", name="Simple Neural Network").wait_for()
    page.locator(".jp-Toolbar-kernelName", has_text="Python").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    outputs = page.locator(".jp-OutputArea-output")
    return outputs, outputs.filter(has_text="Traceback")
