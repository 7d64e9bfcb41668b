"""`Report`: what there is to know of a class (see results.py), as data, as a table and as a page to look at.

The page is a notebook, templates/report.ipynb or an instructor's own, that reads the data (see `page`), is executed in
a kernel of its own and then rendered without its code.
"""

import csv
import io
import json
import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbgrader.converters import NbGraderException
from traitlets import Bool, Integer, Unicode
from traitlets.config import Config, LoggingConfigurable

from nbexaminer.export import defused
from nbexaminer.files import write_all
from nbexaminer.folders import run_folder
from nbexaminer.page import DATA
from nbexaminer.progress import say
from nbexaminer.results import gather, without_names

TEMPLATES = Path(__file__).parent / "templates"
TEMPLATE = TEMPLATES / "report.ipynb"


class Report(LoggingConfigurable):
    """Report on an assignment's class: a page, and its data as JSON and CSV beside it.

    Parameters
    ----------
    coursedir : nbgrader.coursedir.CourseDirectory
        With the assignment's name in it.
    """

    to = Unicode(help="The page's file; its data go beside it. Default: report/ASSIGNMENT.html").tag(config=True)
    anonymous = Bool(help="Leave out the students' names.").tag(config=True)
    template = Unicode(
        str(TEMPLATE), help="The notebook that makes the page. For one of your own, start with a copy of this one."
    ).tag(config=True)
    timeout = Integer(120, help="Seconds that a cell of the template may take.").tag(config=True)

    def __init__(self, coursedir, **kwargs):
        super().__init__(**kwargs)
        self.coursedir = coursedir

    def start(self):
        """Write the page and its data.

        Returns
        -------
        list of Path
            What was written.

        Raises
        ------
        NbGraderException
            There is nothing to report on, the template does not run, or a file cannot be written.
        sqlalchemy.exc.OperationalError
            The database cannot be used.
        """
        template = self._template()
        root = Path(self.coursedir.root)
        page = Path(self.to) if self.to else root / "report" / f"{self.coursedir.assignment_id}.html"
        if page.suffix not in (".html", ".htm"):
            raise NbGraderException(f"--to names the page, such as {page.stem or 'page'}.html; its data go beside it.")
        data, table = page.with_name(f"{page.stem}.json"), page.with_name(f"{page.stem}.csv")
        record = gather(self.coursedir)
        if self.anonymous:
            record = without_names(record)
        say(f"{len(record['students'])} graded, {len(record['not_graded'])} not graded; the page is being made …")
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        notebook = self._execute(template, text)
        contents = {page: render(notebook, f"{record['assignment']}: the class"), data: text, table: as_table(record)}
        try:
            page.parent.mkdir(parents=True, exist_ok=True)
            write_all(contents)  # a page without names beside older data with them would tell who is who
        except OSError as error:
            raise NbGraderException(f"{error.filename} cannot be written ({error.strerror}).") from error
        return [*contents]

    def _template(self):
        try:
            return nbformat.read(self.template, as_version=4)
        except FileNotFoundError:
            text = f"There is no template {self.template}. Start with a copy of {TEMPLATE}"
            raise NbGraderException(text) from None
        except OSError as error:
            raise NbGraderException(f"{self.template} cannot be read ({error.strerror}).") from error
        except (ValueError, AttributeError, nbformat.ValidationError) as error:
            raise NbGraderException(f"{self.template} is no notebook ({type(error).__name__}).") from error

    def _execute(self, notebook, text):
        """The template with outputs, made of the data, which are JSON."""
        try:
            with run_folder() as folder:
                data = folder / "data.json"
                data.write_text(text, encoding="utf-8")
                # ipc, as tcp is open to all users of this machine
                kernel = {"transport": "ipc", "connection_file": str(folder / "kernel.json")}
                client = NotebookClient(
                    notebook,
                    config=Config(KernelManager=kernel),
                    kernel_name="python3",  # for jupyter_client, the Python that runs this
                    timeout=self.timeout,
                    shutdown_kernel="immediate",
                    resources={"metadata": {"path": self.coursedir.root}},
                )
                notebook = client.execute(env=os.environ | {DATA: str(data)})
        except CellExecutionError as error:
            self.log.debug("%s", error)
            text = f"{Path(self.template).name} does not run: {error.ename}: {error.evalue}"
            raise NbGraderException(f"{' '.join(text.split())[:300]} (--debug tells where)") from error
        except (CellTimeoutError, DeadKernelError) as error:
            text = " ".join(str(error).split())[:200]
            raise NbGraderException(f"{Path(self.template).name} does not run: {text}") from error
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell in cells:  # what libraries complain of is not for the page
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        outputs = [output for cell in cells for output in cell.outputs]
        pictures = [output for output in outputs if "image/png" in output.get("data", {})]
        silent = sum(not output.metadata.get("image/png", {}).get("alt") for output in pictures)
        if silent:
            self.log.warning(
                "%d pictures have no words for those who do not see them: use nbexaminer.page.picture.", silent
            )
        return notebook


def as_table(record):
    """A CSV with one row a student: scores as nbgrader has them, then the points of each check."""
    columns = ["score", "raw_score", "max_score", "late_submission_penalty", "total_seconds_late"]
    columns += ["needs_manual_grade", "seconds"]
    checks = list(record["students"][0]["checks"]) if record["students"] else []
    whys = {each["student"]: each["why"] for each in record["not_graded"]}
    rows = []
    for student in record["students"]:
        name = student["student"]
        values = [student[column] for column in columns]
        rows.append([name, "graded", *values, whys.pop(name, ""), *student["checks"].values()])
    empty = [""] * len(columns)
    rows += [[student, "not graded", *empty, why] for student, why in whys.items()]
    rows += [[student, "missing", *empty, "nothing was handed in"] for student in record["missing"]]
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["student", "state", *columns, "not_graded", *checks])
    table.writerows([defused(value) if isinstance(value, str) else value for value in row] for row in rows)
    return text.getvalue()


def render(notebook, title):
    """An executed notebook as a page: without code, with all that it shows inside, on which no script is run.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    title : str

    Returns
    -------
    str
    """
    exporter = HTMLExporter(template_name="basic", template_file=str(TEMPLATES / "page.html.j2"))
    exporter.exclude_input = exporter.exclude_output_prompt = exporter.exclude_anchor_links = True
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
    return page
