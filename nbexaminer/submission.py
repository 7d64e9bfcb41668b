"""What is in a folder that a student has handed in, and whether it can be graded."""

import os
import re
import stat
from pathlib import Path

from nbgrader.utils import parse_utc

# of these nbgrader's patterns for files, its web pages, its database or a terminal make something else than a name
CONTROL = r"\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069"  # orders to a terminal
BAD_IN_NAMES = re.compile(rf"[*?\[\]<>\"\\{CONTROL}\ud800-\udfff]")

MAX_FILES, MAX_FILE_BYTES = 200, 64 << 20
"""Of a submission's other files, to be copied into its room."""

MAX_NOTEBOOK_BYTES, MAX_BYTES = 64 << 20, 2 << 30
"""Of a notebook, which is read into memory, and of all files of a submission, which are copied to autograded/."""

TOO_LARGE = "too large"
LINK = "is a link out of the submission"


class NotGradable(Exception):
    """A submission cannot be graded.

    Attributes
    ----------
    why : str
        What is wrong and what to do, in one line.
    kind : str
        What is wrong, in words that are nobody's own: without names of people or files.
    """

    def __init__(self, why, kind):
        super().__init__(why, kind)
        self.why, self.kind = why, kind

    def __str__(self):
        return self.why


def check(folder, student, names):
    """The notebooks to grade in a submission.

    Parameters
    ----------
    folder : Path
        What the student has handed in.
    student : str
        Whose it is.
    names : set of str
        File names of the assignment's notebooks.

    Returns
    -------
    list of str
        Those of `names` that are there.

    Raises
    ------
    NotGradable
    """
    bad = BAD_IN_NAMES.search(student)
    if bad:
        raise NotGradable(
            f"the folder's name has the character {bad[0]!a} in it. Rename the folder.",
            "the folder's name has a character that cannot be used",
        )
    if not folder.is_dir():
        raise NotGradable(f"{folder.name} is not a folder. Put the notebook into a folder of that name.", "no folder")
    size = 0
    for where, folders, files in os.walk(folder):
        for path in (Path(where, name) for name in folders + files):
            size += _check_file(path, folder)
    if size > MAX_BYTES:
        raise NotGradable(f"it is too large ({size >> 20:,} MiB in all). Remove files that are not needed.", TOO_LARGE)
    _check_timestamp(folder / "timestamp.txt")
    found = sorted(name for name in names if (folder / name).exists())
    for name in found:
        size = (folder / name).stat().st_size
        if size > MAX_NOTEBOOK_BYTES:
            raise NotGradable(f"{name} is too large ({size >> 20:,} MiB). Ask for another.", TOO_LARGE)
    if not found:
        missing = min(names)
        others = sorted(path.name for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
        if others:
            why = f"no {missing}; there is {others[0]!a}: rename it if that is the one."
            raise NotGradable(why, "the notebook has another name")
        raise NotGradable(f"no {missing}; ask for it.", "the notebook is missing")
    return found


def _check_file(path, folder):
    """Its size. nbgrader copies all files, and what links point to, to where the student's code can read it."""
    name = ascii(str(path.relative_to(folder)))[1:-1]
    try:
        outside = not path.resolve(strict=True).is_relative_to(folder.resolve())
        mode, size = path.stat().st_mode, path.stat().st_size
    except (OSError, RuntimeError):  # a link to nowhere, or to itself
        outside, mode, size = True, 0, 0
    if path.is_symlink() and outside:
        raise NotGradable(f"{name} {LINK}. Ask for the file itself.", f"a file {LINK}")
    if path.suffix == ".ipynb" and stat.S_ISDIR(mode):
        raise NotGradable(f"{name} is a folder, not a notebook. Ask for the file.", "the notebook is a folder")
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise NotGradable(f"{name} is not an ordinary file. Remove it.", "a file is not an ordinary one")
    if not os.access(path, os.R_OK | (os.X_OK if stat.S_ISDIR(mode) else 0)):
        raise NotGradable(f"{name} may not be read. Correct its permissions.", "a file may not be read")
    return size


def _check_timestamp(path):
    if path.exists():
        try:
            with open(path) as file:
                text = file.read(1000)
                if file.read(1):
                    raise ValueError("too long")
            _ = text.strip() and parse_utc(text.strip())
        except Exception as error:  # of dateutil there are many kinds, warnings among them
            what = f"{path.name} does not hold a time"
            raise NotGradable(f"{what}. Correct or remove it.", what) from error


def room_files(files, source, submitted):
    """Which files a student's cells find in their working directory.

    Not hidden ones of the student's, which are settings of programs, and not what links of the submission point to.

    Parameters
    ----------
    files : dict of str to Path
        {name: path} of all files of the submission but for notebooks, those of the assignment among them.
    source, submitted : Path
        The assignment's own folder, and the one that was handed in.

    Returns
    -------
    dict of str to Path, or None
        None if they are more than MAX_FILES, or more than MAX_FILE_BYTES.
    """
    kept = {}
    for name, path in sorted(files.items()):
        parts = Path(name).parts
        hidden = any(part.startswith(".") for part in parts)
        link = any(submitted.joinpath(*parts[:count]).is_symlink() for count in range(1, len(parts) + 1))
        if (source / name).is_file() or not (hidden or link or path.is_symlink()):
            kept[name] = path
    if len(kept) > MAX_FILES or sum(path.stat().st_size for path in kept.values()) > MAX_FILE_BYTES:
        return None
    return kept
