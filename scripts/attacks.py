"""What attacks get from stock nbgrader, and what from nbexaminer: `python scripts/attacks.py` writes docs/attacks.md.

Every sample of samples/hostile/ is handed in to a small course, between two honest students. Stock nbgrader, which
has nothing that stops an attack, runs inside a room of its own for each (nbexaminer/room.py): nobody's machine is at
risk, and attacks see a course, a home and a network that are only made for them. Names of samples as arguments: only
these are tried, and the table is printed.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import nbformat

from samples import ASSIGNMENT, NOTEBOOK, ROOT, model_answers, nbgrader, read_sample

HOSTILE = sorted(ROOT.glob("samples/hostile/*.py"))
TABLE = ROOT / "docs" / "attacks.md"
HARMLESS = ROOT / "samples" / "right" / "typed_and_documented.py"
# The real notebook, cut down: a submission takes a second or two, and there is all that attacks need.
CELLS = {
    *("imports", "numerical_gradient", "reference", "logistic", "test_logistic_value", "test_logistic_derivative"),
    *("tanh", "test_tanh_value", "test_tanh_derivative"),
    *("cross_entropy", "show_cost", "gradient_descent", "test_gradient_descent_step"),
    *("check_activation", "forward_pass", "test_forward_pass"),
}
FULL = 31  # points for all of these
HONEST = ("before", "zz-after")  # who hands in honestly; nbgrader goes by the alphabet
STOCK = "c.ClearSolutions.code_stub = {'python': '# YOUR CODE HERE\\nraise NotImplementedError()'}\n"
SETTINGS = """
c.Examine.timeout = 3
c.Examine.submission_timeout = 20
"""
MARKS = {  # what no student must see: the word for it, and how it is recognised
    "hidden text": ("### BEGIN HIDDEN TESTS", "0.01798620996209", "0.9640275800758", "0.21921141954"),
    "solutions": ("### BEGIN SOLUTION",),
    "a secret file": ("secret-of-a-file",),
    "the environment": ("secret-of-the-environment",),
    "another's work": ("work-of-another",),
}
Canaries = namedtuple("Canaries", "secret written port abstract connections")


@contextmanager
def canaries(folder):
    """What an attack would like to reach: a file with a secret, a place to write to, servers, the environment."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret").write_text("secret-of-a-file")
    (folder / "written").unlink(missing_ok=True)
    os.environ["EXAMINERS_SECRET"] = "secret-of-the-environment"
    connections = []

    def serve(server):
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connections.append(1)
            connection.close()

    abstract = f"canary-{os.getpid()}-{folder}"[:100]
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(f"\0{abstract}")
        unix.listen()
        for server in (tcp, unix):
            threading.Thread(target=serve, args=(server,), daemon=True).start()
        try:
            yield Canaries(folder / "secret", folder / "written", tcp.getsockname()[1], abstract, connections)
        finally:
            os.environ.pop("EXAMINERS_SECRET", None)
            for server in (tcp, unix):
                server.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in accept()


def make_course(course, settings):
    """A released course with the cells of CELLS alone."""
    source = course / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    notebook = nbformat.read(ROOT / "source" / ASSIGNMENT / NOTEBOOK, as_version=4)
    notebook.cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") in CELLS]
    nbformat.write(notebook, source / NOTEBOOK)
    (course / "nbgrader_config.py").write_text(settings)
    done = nbgrader(course, "generate_assignment", ASSIGNMENT)
    assert done.returncode == 0, done.stderr


def hand_in(course, student, answers, canaries):
    """Hand in answers; what a sample's cell `submission` says is done to the notebook and its folder, here and now."""
    folder = course / "submitted" / student / ASSIGNMENT
    shutil.copytree(course / "release" / ASSIGNMENT, folder)
    notebook = nbformat.read(folder / NOTEBOOK, as_version=4)
    known = {
        "COURSE": course,
        "SECRET": canaries.secret,
        "WRITTEN": canaries.written,
        "PORT": canaries.port,
        "ABSTRACT": canaries.abstract,
    }

    def filled(text):
        for name, value in known.items():
            text = text.replace(f"@{name}@", str(value))
        return text

    for cell in notebook.cells:
        cell.source = filled(answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source))
    exec(filled(answers.get("submission", "")), {"notebook": notebook, "folder": folder, "nbformat": nbformat})
    # not nbformat.write, which would put right what is meant to be wrong
    (folder / NOTEBOOK).write_text(json.dumps(notebook))


def hand_in_honestly(course, canaries):
    model = model_answers(course / "source" / ASSIGNMENT / NOTEBOOK)
    for student in HONEST:
        hand_in(course, student, model | {"tanh": model["tanh"] + "\nwork = 'work-of-another'"}, canaries)


def student_of(path):
    return "hostile-" + path.stem.replace("_", "-")


def grade(course, timeout, *command):
    """Autograde everybody with ``python -m`` this command.

    Returns what the grader said, whether it ended by itself, and the peak memory in MiB of that of its processes which
    had the most; rooms do not count.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {
        "PATH": path,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    with open(course / "log", "wb") as log:
        command = [sys.executable, "-m", *command, ASSIGNMENT]
        process = subprocess.Popen(command, cwd=course, env=environment, stdout=log, stderr=log)
        end, peak = time.monotonic() + timeout, 0
        while process.poll() is None and time.monotonic() < end:
            peak = max(peak, *map(_peak_memory, _family(process.pid)))
            time.sleep(0.05)
        over = process.poll() is not None
        process.kill()
        process.wait()
    return (course / "log").read_text(errors="replace"), over, peak


def _family(pid):
    """A process and what it has started, rooms left out."""
    found = [pid]
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
        children = " ".join(Path(f"/proc/{pid}/task/{task}/children").read_text() for task in tasks).split()
    except OSError:  # ended meanwhile
        return found
    for child in map(int, children):
        if _namespace(child) == _namespace("self"):
            found += _family(child)
    return found


def _namespace(pid):
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return None


def _peak_memory(pid):
    try:
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) >> 10
    except (OSError, KeyError):
        return 0


def points(course):
    """{student: points}; a student whose autograded notebook is not there has not been graded."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {
            submission.student.id: submission.score
            for submission in gradebook.assignment_submissions(ASSIGNMENT)
            if _autograded(course, submission.student.id).exists()
        }


def _autograded(course, student):
    return course / "autograded" / student / ASSIGNMENT / NOTEBOOK


def leaks(course, student, tests_too):
    """What of MARKS is in the outputs of a student's autograded notebook."""
    try:
        notebook = json.loads(_autograded(course, student).read_text(errors="replace"))
    except (OSError, ValueError):
        return []
    cells = [c for c in notebook["cells"] if tests_too or not c["metadata"].get("nbgrader", {}).get("grade")]
    text = json.dumps([cell.get("outputs") for cell in cells])
    return [word for word, marks in MARKS.items() if any(mark in text for mark in marks)]


def touched(course):
    """Files of the course itself that a student has written to."""
    files = [
        course / "nbgrader_config.py",
        *(course / "source").rglob("*"),
        *(course / "submitted").rglob("x"),
        course / "written",
    ]
    return [path for path in files if path.is_file() and "written by a student" in path.read_text(errors="replace")]


def gets(course, student, canaries, over, tests_too=False):
    """What an attack has got, in words, the worst first; points come last."""
    score = points(course)
    got = []
    if not over:
        got.append("the run does not end")
    others = [name for name in HONEST if score.get(name) != FULL]
    for name in others:
        word = "is not graded" if name not in score else f"gets {score[name]:.0f} of {FULL}"
        got.append(f"the honest student {'before' if name == 'before' else 'after'} {word}")
    got += leaks(course, student, tests_too)
    if canaries.written.exists() or touched(course):
        got.append("writes files")
    if canaries.connections:
        got.append("a connection")
    got.append(f"{score[student]:.0f} points" if student in score else "is not graded")
    return got


def inside(path):
    """In a room, stock nbgrader: one sample between two honest students; prints what it gets."""
    course = Path.cwd() / "course"
    with canaries(Path.cwd() / "canaries") as known:
        hand_in_honestly(course, known)
        hand_in(course, student_of(path), read_sample(path)[1], known)
        _, over, peak = grade(course, 90, "nbgrader", "autograde")
        time.sleep(0.5)
        print(json.dumps([*gets(course, student_of(path), known, over), f"the grader grows to {peak} MB"]))


def stock(path, course):
    """What a sample gets from stock nbgrader."""
    from nbexaminer.room import Room

    files = {str(file.relative_to(course.parent)): file for file in course.rglob("*") if file.is_file()}
    for name in ("nbgrader_config.py", "scripts/attacks.py", "scripts/samples.py", str(path.relative_to(ROOT))):
        files[name] = ROOT / name
    files |= {str(file.relative_to(ROOT)): file for file in (ROOT / "nbexaminer").glob("*.py")}
    room = Room(processes=150, memory=4 << 30, total_memory=5 << 30, disk=1 << 30, file_size=1 << 30)
    try:
        done = room.run(
            [sys.executable, "scripts/attacks.py", "--inside", str(path.relative_to(ROOT))], files=files, timeout=150
        )
        return json.loads(done.stdout.splitlines()[-1])
    except (subprocess.TimeoutExpired, ValueError, IndexError):
        return ["the run does not end or the grader is killed: nobody after is graded"]


def nbexaminer(paths, folder):
    """Grade samples with nbexaminer, all handed in to one course.

    Returns {sample: what it gets}, {sample: its points}, whether the run ended by itself, and the grader's peak
    memory in MiB.
    """
    course = folder / "course"
    make_course(course, (ROOT / "nbgrader_config.py").read_text() + SETTINGS)
    with canaries(folder / "canaries") as known:
        hand_in_honestly(course, known)
        for path in paths:
            hand_in(course, student_of(path), read_sample(path)[1], known)
        _, over, peak = grade(course, 60 + 15 * len(paths), "nbexaminer", "autograde", "--jobs=4")  # they mostly wait
        got = {path: gets(course, student_of(path), known, over, tests_too=True) for path in paths}
    score = points(course)
    return got, {path: score.get(student_of(path)) for path in paths}, over, peak


def table(paths, folder):
    make_course(folder / "stock" / "course", STOCK + "c.ExecutePreprocessor.timeout = 5\n")
    honest = stock(HARMLESS, folder / "stock" / "course")
    assert not any("honest" in word or "run" in word for word in honest), f"stock nbgrader does not work: {honest}"
    with ThreadPoolExecutor(3) as pool:  # it mostly waits
        got = dict(zip(paths, pool.map(lambda path: stock(path, folder / "stock" / "course"), paths), strict=True))
    ours, _, _, peak = nbexaminer(paths, folder / "nbexaminer")
    rows = []
    for path in paths:
        what = read_sample(path)[0]["what"]
        theirs = [
            word for word in got[path] if not word.startswith("the grader grows to") or int(word.split()[-2]) > 500
        ]
        rows.append(f"| {what} | {', '.join(theirs)} | {', '.join(ours[path])} |")
    return rows, peak


HEAD = """# Attacks

Made by `python scripts/attacks.py`, which hands in every sample of samples/hostile/ between two honest students, in a
course of {full} points, to stock nbgrader {version} (in a room, so that nothing breaks) and to nbexaminer.
Points for answers that are right are no loot: some samples answer `tanh` honestly (8 points), and must keep them.
nbexaminer graded all of them in one run, none of whose processes ever held more than {peak} MiB.

| What is handed in | What stock nbgrader lets it have | What nbexaminer lets it have |
| --- | --- | --- |
"""


def main():
    if sys.argv[1:2] == ["--inside"]:
        return inside(ROOT / sys.argv[2])
    import nbgrader as package

    paths = [path for path in HOSTILE if not sys.argv[1:] or path.stem in sys.argv[1:]]
    folder = ROOT / "build" / "attacks"
    shutil.rmtree(folder, ignore_errors=True)
    rows, peak = table(paths, folder)
    text = HEAD.format(full=FULL, version=package.__version__, peak=peak) + "\n".join(rows) + "\n"
    if sys.argv[1:]:
        print(text)
    else:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(text)


if __name__ == "__main__":
    main()
