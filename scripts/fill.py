"""Make submissions of sample answers: put them into the release notebook, as a student would.

python scripts/fill.py RELEASE SAMPLE OUT
"""

import re
from pathlib import Path

import nbformat


def read_sample(path):
    """Read a sample answer.

    Returns
    -------
    about : dict of str to str
        "what": the first line of the file's docstring, and its lines of the form ``key: value``.
    answers : dict of str to str
        {id of a solution cell: code}, from the cells ``# %% id``.
    """
    docstring, *rest = re.split(r"^# %% (\w+)\n", Path(path).read_text(), flags=re.M)
    lines = docstring.strip().strip('"').strip().splitlines()
    about = {"what": lines[0]} | dict(line.split(": ", 1) for line in lines[1:] if re.match(r"[a-z ]+: ", line))
    return about, {name: code.strip() for name, code in zip(rest[::2], rest[1::2], strict=True)}


def complete(sample, model):
    """The answers of a sample, the cells it does not answer filled from the model solution unless it says otherwise."""
    about, answers = sample
    return answers if about.get("base") == "release" else model | answers


def fill(release, answers):
    """A copy of a release notebook with answers in its solution cells."""
    notebook = nbformat.from_dict(release)
    for cell in notebook.cells:
        code = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if code is not None:
            cell.source = code
    return notebook
