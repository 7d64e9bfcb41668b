"""What Moodle and Canvas let one download, as nbgrader zip_collect wants it.

Both put the student's name before numbers: Moodle the participant's, Canvas the student's and that of the upload. Names
change, collide and are mangled on the way, so that the number alone says whose a file is. It is what the grade files
name students by, too (`nbexaminer.export`).
"""

import errno
import functools
import os
import re
import shutil
import sys
import tempfile
import time
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from nbgrader.utils import find_all_notebooks

from nbexaminer.grading import shown
from nbexaminer.submission import CONTROL

# Moodle replaces underscores in names by spaces; the last one was there until Moodle 4; files may be in an online text
MOODLE = re.compile(r"[^_]*_(?P<student>\d+)_assignsubmission_[a-z\d]+_?(?P<file>.*)", re.S | re.A)

# a student may call a file, and themselves, what looks like someone else's number: the first numbers are theirs, and
# where there are three, nobody can tell
CANVAS = re.compile(r"(?:.*?_)??(?:LATE_)?(?P<student>\d+|anon_[^\W_]+)_(?P<upload>\d+)_(?P<file>.+)", re.S | re.A)
AMBIGUOUS = re.compile(r"(?:LATE_)?\d+_")
MOODLES_OWN = re.compile(r"_\d+_assignsubmission_")

# Canvas adds a number to the name of a file that is handed in again, from the eighth on a UUID; browsers do it so: (1)
REPEATED = r"(?:-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[-_]\d{1,3}|[ _]?\(\d{1,3}\))+"

MAX_NAME = 200  # bytes of a name that are kept; file systems take 255
MAX_ENTRIES, MAX_ZIP = 10_000, 256 << 20  # files of a zip that a student has handed in, and their bytes
NOT_THEIRS = {"__MACOSX", ".ipynb_checkpoints"}
BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)


class LmsExtractor(ExtractorPlugin):
    """Unpacks downloads, and the zips of students in them; all files get the time of their download.

    Names are shortened to what a file system takes. What a student has handed in and cannot be unpacked, such as a zip
    that is broken or a bomb, is told and left alone.
    """

    def extract(self, archive_path, extracted_path):
        archive, extracted = Path(archive_path), Path(extracted_path)
        paths = sorted(path for path in archive.rglob("*") if path.is_file())
        if not paths:
            self.log.warning("No files found in directory: %s", archive)
        for path in paths:
            name = path.relative_to(archive)
            if path.suffix.lower() != ".zip":
                (extracted / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, extracted / name)
            elif _match(name.parts):  # the browser has unpacked the download, or the teacher
                self._unzip_students(path, extracted / name, path.stat().st_mtime)
            else:
                self._unzip_download(path, extracted / name)

    def _unzip_download(self, path, folder):
        try:
            with zipfile.ZipFile(path) as archive:
                entries = [entry for entry in archive.infolist() if not entry.is_dir()]
                newest = max((time.mktime((*entry.date_time, 0, 0, -1)) for entry in entries), default=0)
                for entry in entries:
                    target = _target(folder, entry, "/")  # a backslash is a student's
                    if _name(entry).lower().endswith(".zip"):
                        with tempfile.TemporaryFile() as students:
                            with archive.open(entry) as source:
                                shutil.copyfileobj(source, students)
                            self._unzip_students(students, target, newest)
                    else:
                        self._unpack_students(archive, entry, target, newest)
        except BAD_ZIP as error:
            self.log.error("%s cannot be unpacked (%s). Download it again.", path, error)
            sys.exit(1)

    def _unpack_students(self, archive, entry, target, modified):
        try:
            _unpack(archive, entry, target, modified)
        except OSError as error:  # names that exclude each other
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            name = shown(_name(entry))
            self.log.error("%s: cannot be unpacked (%s). Copy it by hand.", name, error.strerror or error)

    def _unzip_students(self, file, folder, modified):
        try:
            with zipfile.ZipFile(file) as archive:
                entries = [entry for entry in archive.infolist() if not entry.is_dir()]
                if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_ZIP:
                    raise ValueError("too many or too large files")
                if any(_match(_name(entry).split("/")) for entry in entries):
                    text = "%s: taken for one student's, though it looks like a download. If it is one, rename it."
                    self.log.warning(text, shown(str(folder)))
                for entry in entries:
                    _unpack(archive, entry, _target(folder, entry, r"[/\\]"), modified)
        except Exception as error:  # whatever students send
            self.log.error("%s: cannot be unpacked (%s). Ask for another.", shown(str(folder)), error)


def _unpack(archive, entry, target, modified):
    """Write a file of a zip."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
    os.utime(target, (modified, modified))


def _name(entry):
    """The path of a file in a zip. Macs write UTF-8 and do not say so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode()
    except UnicodeError:
        return entry.filename


def _target(folder, entry, separators):
    """The path of a file of a zip in a folder, never elsewhere."""
    parts = [part for part in re.split(separators, _name(entry)) if part not in ("", ".", "..")]
    return folder.joinpath(*(_short(re.sub(rf"[{CONTROL}\\]", " ", part)) for part in parts))


def _short(name):
    """A name that a file system takes. It never has other numbers in it: a student's name goes, then a file's end."""
    if len(name.encode()) <= MAX_NAME:
        return name
    match = MOODLE.fullmatch(name) or CANVAS.fullmatch(name)
    name = name[max(0, match.start("student") - 1) :] if match else name
    stem, suffix = os.path.splitext(name) if len(Path(name).suffix) < 10 else (name, "")
    return stem.encode()[:MAX_NAME].decode(errors="ignore") + suffix


class Handed(NamedTuple):
    """A file that a student has handed in.

    Parameters
    ----------
    student : str
        Their number.
    notebook : str
        Its name in the assignment, if it has one there.
    order : tuple
        What is larger was handed in later.
    download : Path
        Where it lies with all that the LMS gave at once.
    """

    student: str
    notebook: str
    order: tuple
    download: Path


class LmsCollector(FileNameCollectorPlugin):
    """Finds students' numbers in the names that Moodle and Canvas give to files; of several attempts the last counts.

    nbgrader could compare timestamps only, and take them for the time of handing in; these names have none. In Canvas,
    the number of an upload is larger than those of all uploads before it. In Moodle, a later download has later
    attempts. After these the number counts that was added to a repeated name. With `named_regexp` set, that is used,
    as nbgrader does it.
    """

    def collect(self, submitted_file):
        if self.named_regexp:
            return super().collect(submitted_file)
        path = Path(submitted_file)
        handed = self._handed.get(path)
        if handed is None:
            return None
        last = self._last[handed.student, handed.notebook]
        if path != last:
            same = handed.order == self._handed[last].order
            text = "%s: in the same upload as %s, which is taken" if same else "%s: an earlier attempt than %s"
            self.log.warning(text, shown(str(path)), shown(str(last)))
            return None
        return {"student_id": handed.student, "file_id": handed.notebook}

    @functools.cached_property
    def _handed(self):
        """{path: `Handed`} of all that can be collected; who has handed in something else is told."""
        root = Path(self.parent._format_collect_path(self.parent.extracted_directory))
        notebooks = self._notebooks()
        found, others = {}, {}
        for path in root.rglob("*"):
            parts = path.relative_to(root).parts
            match = _match(parts)
            if not path.is_file():
                continue
            if path.suffix in self.valid_ext and not (path.name.startswith("._") or NOT_THEIRS.intersection(parts)):
                handed = self._read(path, parts, match, notebooks)
                if handed:
                    found[path] = handed
            elif match:
                name = "/".join(_inside(parts, match) or parts[-1:])
                others.setdefault(match["student"], []).append(shown(name))
        self._settle(found, notebooks)
        for student in others.keys() - {handed.student for handed in found.values()}:
            self.log.error("%s: no notebook, but %s", student, ", ".join(sorted(others[student])[:5]))
        return found

    def _settle(self, found, notebooks):
        """Whose last attempt has only a notebook of another name is not graded by an earlier one.

        An LMS gives all of the last attempt at once, and nothing of those before.
        """
        students = defaultdict(dict)
        for path, handed in found.items():
            students[handed.student][path] = handed
        for student, theirs in students.items():
            download = max(theirs.values(), key=lambda handed: handed.order).download
            last = {path: handed for path, handed in theirs.items() if handed.download == download}
            own = {handed.notebook: handed.order[:2] for handed in last.values() if handed.notebook in notebooks}
            others = [path for path, handed in last.items() if handed.notebook not in notebooks]
            earlier = [path for path, handed in theirs.items() if handed.notebook in set(notebooks) - own.keys()]
            names = ", ".join(sorted(shown(path.name) for path in others)[:5])
            if others and earlier and len(others) == len(notebooks) == 1:
                found[others[0]] = last[others[0]]._replace(notebook=notebooks[0])
                self.log.warning("%s: %s was handed in last and counts as %s", student, names, notebooks[0])
            elif others and earlier:
                for path in earlier:
                    del found[path]
                text = "%s: the last attempt has %s, and an earlier one is not collected. Rename what is to be graded."
                self.log.error(text, student, names)
            elif own and any(last[path].order[:2] > max(own.values()) for path in others):
                self.log.warning("%s: %s is graded; with it, or later, came %s", student, ", ".join(sorted(own)), names)

    def _notebooks(self):
        """Paths of the assignment's notebooks, as they are released or, where they are not here, in the source."""
        course = self.parent.coursedir
        for step in (course.release_directory, course.source_directory):
            found = find_all_notebooks(course.format_path(step, ".", course.assignment_id))
            notebooks = [name for name in found if not NOT_THEIRS.intersection(Path(name).parts)]
            if notebooks:
                return notebooks
        text = "There is no notebook of %s, to know attempts by its name. First: nbgrader generate_assignment %s"
        self.log.error(text, course.assignment_id, course.assignment_id)
        sys.exit(1)

    @functools.cached_property
    def _last(self):
        """{(student, notebook): path of what was handed in last; in one upload, not what is in a folder in a folder}"""
        paths = sorted(self._handed, key=lambda path: (self._handed[path].order, -len(path.parts), path))
        return {(self._handed[path].student, self._handed[path].notebook): path for path in paths}

    def _read(self, path, parts, match, notebooks):
        """What a notebook is, as `Handed`; None if that cannot be told."""
        if not match:
            self.log.warning("%s: not named as Moodle or Canvas name files", shown(str(path)))
            return None
        inside = _inside(parts, match)
        notebook, repeats = own_name(inside[-1] if inside else match["file"], notebooks)
        if _ambiguous(parts, match, notebooks):
            text = "%s: three numbers; it cannot be told which is the student's. Copy it by hand."
            self.log.error(text, shown(str(path)))
            return None
        upload = int(match.groupdict().get("upload", 0))
        order = (upload, path.stat().st_mtime, repeats)
        return Handed(match["student"], notebook, order, path.parents[len(inside)])


def _match(parts):
    """Where in a path a student's number stands, as a match; None if nowhere. All that is below, students name."""
    for part in parts:
        match = MOODLE.fullmatch(part)
        if not match and (part is parts[-1] or part.lower().endswith(".zip")):  # Canvas makes no folders
            match = CANVAS.fullmatch(part)
        if match:
            return match
    return None


def _inside(parts, match):
    """What of a path is in a student's folder or zip."""
    return parts[parts.index(match.string) + 1 :]


def _ambiguous(parts, match, notebooks):
    """Whether somebody may have named themselves or a file so that the number is another student's."""
    canvas = "upload" in match.groupdict()
    if canvas and MOODLES_OWN.search("/".join(parts[: parts.index(match.string) + 1])):
        return True
    name, _ = own_name(os.path.splitext(match["file"])[0] + ".ipynb", notebooks)  # a zip may be called as the notebook
    return name not in notebooks and bool((AMBIGUOUS if canvas else CANVAS).match(match["file"]))


def own_name(name, notebooks):
    """What a student's file is in the assignment.

    Parameters
    ----------
    name : str
        The file's name.
    notebooks : list of str
        Paths of the assignment's notebooks.

    Returns
    -------
    notebook : str
        Its path in the assignment, or its name as it is.
    repeats : tuple of int
        The numbers that the LMS or a browser has added.
    """
    name = unicodedata.normalize("NFC", name)  # Macs take umlauts apart
    own = {unicodedata.normalize("NFC", os.path.basename(path)): path for path in notebooks}
    if name in own:
        return own[name], ()
    for each in sorted(own, key=len, reverse=True):
        match = re.fullmatch(f"{re.escape(each.removesuffix('.ipynb'))}({REPEATED})\\.ipynb", name)
        if match:
            return own[each], tuple(map(int, re.findall(r"(?<=[-_(])\d{1,3}(?![\da-f])", match[1])))
    return name, ()
