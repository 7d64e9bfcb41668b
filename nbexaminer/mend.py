"""Mends what students do to notebooks, so that each can be graded and nobody gains by it.

:func:`read` makes a valid notebook of whatever a file holds, or says why it cannot. :class:`Mend` then makes that
notebook fit the gradebook. Neither trusts anything of a submission but the text of its cells and their ids.
"""

import copy
import json
import re
import uuid
from collections import Counter
from pathlib import Path

import nbformat
from nbformat.v4.rwbase import rejoin_lines
from nbgrader.preprocessors import NbGraderPreprocessor

from nbexaminer.submission import LINK, NotGradable
from nbexaminer.truth import Truth, grade_id

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
TYPES = ("code", "markdown", "raw")
NOT_A_NOTEBOOK = "the file is damaged, or not a notebook"
MAX_CELLS = 10_000
MAX_OUTPUTS = 100  # of a cell; to look at one takes half a millisecond, and none of them is ever used


def read(path):
    """Read a notebook, however malformed.

    Returns
    -------
    notebook : nbformat.NotebookNode
        A valid notebook of nbformat 4.5. What was not valid in it is gone; of metadata only kernelspec, tags, and
        nbgrader's remain.
    remarks : list of str
        What had to be mended.

    Raises
    ------
    NotGradable
    """
    path = Path(path)
    if not path.resolve().is_relative_to(path.parent.resolve()):
        raise NotGradable(f"{path.name} {LINK}. Ask for the file itself.", f"a file {LINK}")
    return reads(path.read_bytes(), path.name)


def reads(content, name):
    """As `read`, of the bytes of a file of that name."""
    data = _parse(content, name)
    version, remarks = data.get("nbformat", 4), []
    if version in (1, 2, 3):
        try:
            data = nbformat.convert(nbformat.reader.reads(json.dumps(data)), 4)
        except Exception as error:
            raise NotGradable(
                f"{name} is in the old notebook format {version} and cannot be upgraded ({type(error).__name__}). "
                "Ask the student to open it in Jupyter and save it.",
                f"the notebook is in the old format {version} and cannot be upgraded",
            ) from error
        remarks.append(f"was in the old notebook format {version}: upgraded")
    elif version != 4:
        raise NotGradable(
            f"{name} is in an unknown notebook format ({str(version)[:20]!r}). Ask for it in format 4.",
            "the notebook is in an unknown format",
        )
    cells, metadata = data.get("cells", []), data.get("metadata", {})
    if not isinstance(cells, list):
        raise NotGradable(f"{name} is JSON, but has no list of cells. Ask for the file again.", NOT_A_NOTEBOOK)
    if len(cells) > MAX_CELLS:
        why = f"{name} has {len(cells):,} cells. Ask for one that a person has made."
        raise NotGradable(why, f"the notebook has more than {MAX_CELLS:,} cells")
    odd = Counter()
    if not isinstance(metadata, dict):
        odd["garbage in the notebook's metadata: dropped"] = metadata = {}
    kernelspec = metadata.get("kernelspec")
    if not (isinstance(kernelspec, dict) and {str} == {type(kernelspec.get(key)) for key in ("name", "display_name")}):
        kernelspec = KERNELSPEC
    seen = set()
    cells = [_cell(cell, seen, odd) for cell in cells if isinstance(cell, dict)]
    if len(cells) < len(data.get("cells", [])):
        odd["not a cell: dropped"] = len(data["cells"]) - len(cells)
    remarks += [f"{count} x {what}" if count else what for what, count in odd.items()]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernelspec}, "cells": cells}
    return rejoin_lines(nbformat.from_dict(notebook)), remarks


def _parse(raw, name):
    """The JSON object in a file's bytes."""
    if not raw.strip(b"\0 \r\n\t"):
        raise NotGradable(f"{name} is empty. Ask for the file again.", "the notebook's file is empty")
    try:
        data = json.loads(raw)
        if b"\\ud" in raw.lower():  # half a character, which no file or database takes; json lets it pass
            data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        if error.pos and (error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")):
            why = f"{name} breaks off in line {error.lineno}. Ask for the file again."
            raise NotGradable(why, "the notebook's file breaks off") from error
        why = f"{name} is not a notebook: not JSON (line {error.lineno}). Ask for the .ipynb file."
        raise NotGradable(why, NOT_A_NOTEBOOK) from error
    except (ValueError, RecursionError) as error:
        why = f"{name} is not a notebook ({type(error).__name__}). Ask for the .ipynb file."
        raise NotGradable(why, NOT_A_NOTEBOOK) from error
    if not isinstance(data, dict) or not {"cells", "worksheets", "nbformat"} & data.keys():
        raise NotGradable(f"{name} is JSON, but not a notebook. Ask for the .ipynb file.", NOT_A_NOTEBOOK)
    return data


def _cell(cell, seen, odd):
    """A valid cell of what is valid in `cell`; counts in `odd` what is not."""
    kind, source, metadata = cell.get("cell_type"), cell.get("source"), cell.get("metadata", {})
    if kind not in TYPES:
        odd["cell of unknown type: made raw"] += 1
        kind = "raw"
    if _strings(source):
        source = "".join(source)
    if not isinstance(source, str):
        odd["cell without source: left empty"] += 1
        source = ""
    nbgrader, tags = (metadata.get(key) for key in ("nbgrader", "tags")) if isinstance(metadata, dict) else (5, 5)
    if not (isinstance(nbgrader, dict | None) and (tags is None or _valid("misc/metadata_tags", tags))):
        odd["garbage in a cell's metadata: dropped"] += 1
        metadata = {}
    metadata = {key: metadata[key] for key in ("nbgrader", "tags") if metadata.get(key)}
    name = cell.get("id")
    if not (isinstance(name, str) and CELL_ID.fullmatch(name)) or name in seen:
        name = uuid.uuid4().hex[:8]
    seen.add(name)
    mended = {"cell_type": kind, "id": name, "metadata": metadata, "source": source}
    if kind == "code":
        outputs, count = cell.get("outputs", []), cell.get("execution_count")
        outputs = outputs[:MAX_OUTPUTS] if isinstance(outputs, list) else [None]
        mended["outputs"] = [output for output in outputs if _valid("output", output)]
        mended["execution_count"] = count if type(count) is int and count >= 0 else None
        if len(mended["outputs"]) < len(outputs):
            odd["cell with garbage for output: dropped"] += 1
    elif "attachments" in cell and _valid("misc/attachments", cell["attachments"]):
        mended["attachments"] = cell["attachments"]
    return mended


def _strings(value):
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _valid(what, value):
    try:
        nbformat.validate(value, ref=what, version=4, version_minor=5)
    except Exception:  # besides ValidationError: what the validator itself trips over
        return False
    return True


def remark(by, resources, *texts):
    """Log what was mended, one line each, and keep it in ``resources["nbgrader"]["remarks"]`` for the final table."""
    submission = resources["nbgrader"]
    for text in texts:
        submission.setdefault("remarks", []).append(text)
        by.log.warning("%s: %s.ipynb: %s", submission["student"], submission["notebook"], text)


class Mend(NbGraderPreprocessor):
    """Make a notebook fit the gradebook: the first of ``Autograde.sanitize_preprocessors``.

    - A cell is nbgrader's by its grade id alone. All else nbgrader needs to know of it, and the text of a locked cell,
      is taken from the gradebook; other metadata, which could have a cell skipped or hidden, is dropped. Tags are those
      of the source notebook.
    - Of cells with the same grade id one stays, the first of the right type at the right place; the others become
      cells like any other: their code still runs, as the student's.
    - Cells of another type than they had get it back.
    - A deleted cell that is locked or graded is put back behind all that precede it in the source and in front of the
      next cell that is still there: a student's own cells in between have run by then, as they would have.
    - A locked cell that was moved to before a cell that precedes it in the source goes behind that cell. So tests
      run in the source's order, after the answers they look at. Cells for answers stay where the student put them.
    """

    def preprocess(self, nb, resources):
        known = Truth.of(self, resources)
        truth = copy.deepcopy(known.cells)  # cells of it become the notebook's
        kernelspec = nb.metadata.get("kernelspec")
        language = str(kernelspec.get("language", "python") if isinstance(kernelspec, dict) else "python").lower()
        if language != "python":
            remark(self, resources, f"is for {language[:20]!r}: graded as Python")
        nb.metadata = nbformat.from_dict({"kernelspec": known.kernelspec or KERNELSPEC})
        if not nb.cells:
            remark(self, resources, "has no cells")
        kept = self._keep_one_of_each(nb.cells, truth, resources)
        for name, cell in kept.items():
            if cell.cell_type != truth[name].cell_type:
                remark(self, resources, f"{name} was made a {cell.cell_type} cell: back to {truth[name].cell_type}")
                for field in ("outputs", "execution_count", "attachments"):
                    cell.pop(field, None)
                if truth[name].cell_type == "code":
                    cell.update(outputs=[], execution_count=None)
                cell.cell_type = truth[name].cell_type
            cell.metadata = truth[name].metadata
            if truth[name].metadata.nbgrader.locked:
                cell.source = truth[name].source
        self._put_in_order(nb.cells, kept, truth, resources)
        return nb, resources

    def _keep_one_of_each(self, cells, truth, resources):
        """{grade id: the one cell that bears it}; takes all metadata off all cells."""
        names = [grade_id(cell) for cell in cells]
        unknown = sorted({name for name in names if name and name not in truth})
        if unknown:
            names = [name if name in truth else None for name in names]
            listed = ", ".join(repr(name[:40]) for name in unknown[:5]) + (", ..." if len(unknown) > 5 else "")
            remark(self, resources, f"cells that the assignment does not have: taken for the student's own: {listed}")
        order = [None, *truth]

        before, last, other = [], None, None  # of each cell: the last name before it that is another one
        for name in names:
            if name and name != last:
                last, other = name, last
            before.append(other if name else None)

        def fits(index):  # the more of these are true the better
            name = names[index]
            return cells[index].cell_type == truth[name].cell_type, before[index] == order[order.index(name) - 1]

        kept = {}
        for name in truth:
            found = [index for index, other in enumerate(names) if other == name]
            if found:
                kept[name] = cells[max(found, key=fits)]  # max takes the first of equals
            if len(found) > 1:
                remark(self, resources, f"{name} exists {len(found)} times: the one at its place counts")
        for cell in cells:
            cell.metadata = nbformat.from_dict({})
        return kept

    def _put_in_order(self, cells, kept, truth, resources):
        def place(cell):
            return next(index for index, other in enumerate(cells) if other is cell)

        back, moved, gone, last = [], [], [], -1
        for number, (name, true) in enumerate(truth.items()):
            index = place(kept[name]) if name in kept else -1
            if index > last:
                last = index
            elif name in kept:
                if true.metadata.nbgrader.locked:
                    cells.insert(last, cells.pop(index))  # the pop moved the others forward by one
                    moved.append(name)
            elif true.metadata.nbgrader.locked or true.metadata.nbgrader.grade or true.metadata.nbgrader.task:
                following = (place(kept[other]) for other in list(truth)[number + 1 :] if other in kept)
                last = next((index for index in following if index > last), len(cells))
                true.id = uuid.uuid4().hex[:8]
                cells.insert(last, true)
                back.append(name)
            else:
                gone.append(name)  # not put back: an empty answer would undo one that is in a cell of the student's own
        for names, what in ((back, "deleted: put back"), (moved, "moved: put behind what it belongs to")):
            if names:
                remark(self, resources, f"{', '.join(names)} {what}")
        if gone:
            remark(self, resources, f"{', '.join(gone)} (for an answer) is missing: look for it in other cells")
