"""How long grading takes and what it needs: `make bench` writes docs/benchmark.md, benchmark.png and results.json.

1. The course: the same submissions, graded in turns by stock nbgrader, by nbexaminer, and, as the limit of what is
   possible, by nothing but their cells: run one after the other in one warm Python process, figures drawn and made to
   PNG, no Jupyter, no sandbox, no gradebook.
2. Many submissions of a notebook that needs no time: what the grader itself costs, and whether its memory grows.
3. Dask workers, if there are any to be had.
4. The pieces that all this is made of: rooms, kernels, calls of the student's functions (pieces.py).

With OTTER=1 in the environment, otter-grader grades the class of the first part, too.

All in throw-away courses in build/bench/. What is measured, and how, is in usage.py.
"""

import argparse
import importlib.util
import io
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from functools import partial
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import nbformat
from IPython.core.pylabtools import print_figure
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

sys.path.append(str(Path(__file__).parent.parent / "scripts"))
import otter_grader
import pieces
import report
from samples import ASSIGNMENT, NOTEBOOK, ROOT, complete, environment, make_course, model_answers, read_sample, submit
from usage import execute, measure

BUILD = ROOT / "build" / "bench"
STOCK, ONE, ALL = "nbgrader autograde", "nbexaminer autograde --jobs 1", "nbexaminer autograde"
LIMIT = "the cells alone"
CLASS = [  # as a class is: most have all or nearly all of it
    "model solution",
    "wrong/tanh_derivative_no_square",
    "right/typed_and_documented",
    "wrong/gradient_descent_ascent",
    "model solution",
    "wrong/incomplete_everything_but_part_5",
]
STUB = "stub"
PIECES_ROUNDS = 10
STOCK_STUBS = 20  # stock nbgrader grades only so many of the many: it needs seconds for each


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--submissions", type=int, default=6, help="in the class of the first part")
    options.add_argument("--rounds", type=int, default=3, help="of the first part")
    options.add_argument("--many", type=int, default=100, help="submissions in the second part")
    options.add_argument("--output", type=Path, default=ROOT / "docs", help="folder for table and plot")
    options = options.parse_args()
    os.environ |= environment()
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    start = time.monotonic()
    results = {"machine": machine()}
    course = make_class(options.submissions)
    results["class"] = grade_class(course, options.submissions, options.rounds)
    results["many"] = grade_many(options.many)
    results["dask"] = grade_with_dask(course, options.submissions)
    results["pieces"] = pieces.measure(PIECES_ROUNDS)
    (BUILD / "results.json").write_text(json.dumps(results, indent=1))
    report.write(results, options.output)
    print((options.output / "benchmark.md").read_text())
    print(
        f"{time.monotonic() - start:.0f} s; written: {options.output}/benchmark.md, benchmark.png, {BUILD}/results.json"
    )


def machine():
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": cpu[1] if cpu else platform.machine(),
        "python": platform.python_version(),
        "load before": os.getloadavg()[0],  # of others: 0 on a machine of its own
    }


def offers(flag):
    """Does `nbexaminer autograde` have this flag?"""
    command = [sys.executable, "-m", "nbexaminer", "autograde", "--help"]
    return flag in subprocess.run(command, capture_output=True, text=True).stdout


# 1. the course


def answers_of_class(count):
    """{student: {id of a solution cell: code}} of so many students; what is not solved is as it was released."""
    model = model_answers()
    released = model_answers(ROOT / "release" / ASSIGNMENT / NOTEBOOK)
    samples = {name: complete(read_sample(ROOT / f"samples/{name}.py"), model) for name in CLASS if "/" in name}
    return {f"student-{n + 1:03}": released | samples.get(CLASS[n % len(CLASS)], model) for n in range(count)}


def make_class(count):
    """A course in which so many have handed in, and nothing is graded."""
    course = BUILD / "class"
    make_course(course)
    run(course, "nbgrader", "generate_assignment", ASSIGNMENT)
    for student, answers in answers_of_class(count).items():
        submit(course, student, answers)
    return course


def run(course, program, *command):
    """Run a command in a course; it must succeed."""
    command = [sys.executable, "-m", program, *command]
    process = subprocess.run(command, cwd=course, capture_output=True, text=True)
    if process.returncode:
        sys.exit(process.stdout + process.stderr)


def variants(assignment):
    """{name: command} of the ways to grade that there are."""
    commands = {STOCK: ["nbgrader"], ONE: ["nbexaminer", "--jobs=1"], ALL: ["nbexaminer"]}
    if not offers("--jobs"):
        del commands[ONE]
    return {
        name: [sys.executable, "-m", program, "autograde", assignment, *flags]
        for name, (program, *flags) in commands.items()
    }


def copy(course, name, stock):
    """A fresh copy of a course to grade in; a stock one has nothing of nbexaminer in its settings."""
    fresh = course.with_name(f"{course.name}-{name}")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(course, fresh)
    if stock:
        config = fresh / "nbgrader_config.py"
        config.write_text(config.read_text().partition("# nbexaminer:")[0])
    return fresh


def grade_class(course, count, rounds):
    """Grade the class in all ways, in turns, so that what else the machine does hits all of them."""
    commands = variants(ASSIGNMENT)
    otter = BUILD / "otter" if os.environ.get("OTTER") == "1" else None
    found = {name: {"runs": [], "idle": []} for name in [*commands, *([otter_grader.NAME] if otter else []), LIMIT]}
    cells = [filled_in(answers) for answers in answers_of_class(count).values()]
    if otter:
        print("installing otter-grader", flush=True)
        otter_grader.prepare(otter, answers_of_class(count))
    print_figure(plt.figure(), "png")  # so that the process is warm: its forks have fonts loaded
    plt.close("all")
    points = {}
    for number in range(1, rounds + 1):
        for name, command in commands.items():
            fresh = copy(course, "run", stock=name == STOCK)
            work = partial(execute, command, fresh, BUILD / "log")
            told(f"round {number} of {rounds}: {name}", found[name]["runs"], measure(work), count)
            points.setdefault(name, scores(fresh))
            found[name]["idle"].append(measure(work)._asdict())  # again: all are graded, nothing is to do
        if otter:
            name, work = otter_grader.NAME, partial(otter_grader.grade, otter)
            told(f"round {number} of {rounds}: {name}", found[name]["runs"], measure(work), count)
            points[name] = otter_grader.scores(otter)
        told(f"round {number} of {rounds}: {LIMIT}", found[LIMIT]["runs"], measure(partial(run_all, cells)), count)
    return {"submissions": count, "ways": found, "points": points}


def told(what, runs, usage, count):
    runs.append(usage._asdict())
    print(
        f"{what}: {usage.wall / count:.2f} s a submission, {usage.cpu / count:.2f} s of CPU, "
        f"{usage.memory / 2**20:.0f} MiB",
        flush=True,
    )


def scores(course):
    """{student: points} in a course's gradebook."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {submission.student.id: submission.score for submission in gradebook.assignment_submissions(ASSIGNMENT)}


def filled_in(answers):
    """The code cells of a submission, visible and hidden tests included."""
    notebook = nbformat.read(ROOT / "source" / ASSIGNMENT / NOTEBOOK, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
    sources = [answers.get(name, cell.source) for name, cell in zip(names, cells, strict=True)]
    return [re.sub(r"^%.*$", "", source, flags=re.M) for source in sources]  # magics need a kernel


def run_all(notebooks):
    """Run the cells of notebooks as a kernel would: an exception ends a cell, figures become PNG at its end."""
    for cells in notebooks:
        namespace = {"__name__": "__main__"}
        for source in cells:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), suppress(Exception):
                exec(compile(source, "<cell>", "exec", dont_inherit=True), namespace)
            for number in plt.get_fignums():
                print_figure(plt.figure(number), "png")  # what matplotlib's inline backend calls
            plt.close("all")


# 2. many


def make_many(count):
    """A course whose only notebook has one solution cell and two tests, and so many students that solved it."""
    course = BUILD / "many"
    source = course / "source" / STUB
    source.mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    cells = {
        "double": "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
        "test_small": "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(-1) == -2\n### END HIDDEN TESTS",
        "test_large": "### BEGIN HIDDEN TESTS\nassert double(10**6) == 2 * 10**6\n### END HIDDEN TESTS",
    }
    notebook = new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for name, code in cells.items():
        test = name.startswith("test")
        about = {"grade": test, "solution": not test, "locked": test, "grade_id": name, "schema_version": 3}
        metadata = {"nbgrader": about | ({"points": 1} if test else {})}
        notebook.cells.append(new_code_cell(code, metadata=metadata))
    nbformat.write(notebook, source / f"{STUB}.ipynb")
    run(course, "nbgrader", "generate_assignment", STUB)
    solved = nbformat.read(course / "release" / STUB / f"{STUB}.ipynb", as_version=4)
    solved.cells[0].source = "def double(x):\n    return x + x"
    for number in range(count):
        submitted = course / "submitted" / f"student-{number + 1:04}" / STUB
        submitted.mkdir(parents=True)
        nbformat.write(solved, submitted / f"{STUB}.ipynb")
    return course


def grade_many(count):
    """Grade many stubs with nbexaminer, a few with stock nbgrader; watch nbexaminer's memory."""
    few, course = min(count, STOCK_STUBS), make_many(count)
    found = {}
    commands = variants(STUB)
    for name in (STOCK, ALL):
        number = few if name == STOCK else count
        fresh = copy(course, "run", stock=name == STOCK)
        for submitted in sorted((fresh / "submitted").iterdir())[number:]:
            shutil.rmtree(submitted)
        memory, shown = [], 0

        def watch(seconds, sizes, pid, fresh=fresh, number=number, memory=memory):
            nonlocal shown
            done = sum(1 for _ in os.scandir(fresh / "autograded")) if (fresh / "autograded").exists() else 0
            memory.append({"seconds": seconds, "graded": done, "main": sizes.get(pid, 0), "all": sum(sizes.values())})
            if seconds > shown + 20:
                shown = seconds
                print(f"  {done} of {number}, {seconds:.0f} s, {sizes.get(pid, 0) / 2**20:.0f} MiB", flush=True)

        work, runs = partial(execute, commands[name], fresh, BUILD / "log"), []
        told(f"{number} stubs: {name}", runs, measure(work, watch), number)
        found[name] = {"submissions": number, "runs": runs, "idle": [measure(work)._asdict()], "memory": memory}
    return found


# 3. Dask


def grade_with_dask(course, count):
    """Grade the class with one and with two Dask workers, each of which runs one submission at a time."""
    if not offers("--scheduler") or not importlib.util.find_spec("distributed"):
        print("no Dask here: left out")
        return None
    found = {}
    for workers in (1, 2):
        fresh = copy(course, "run", stock=False)
        with cluster(workers) as address:
            start = time.monotonic()
            run(fresh, "nbexaminer", "autograde", ASSIGNMENT, f"--scheduler={address}")
            found[workers] = time.monotonic() - start
        print(f"Dask, {workers} worker(s): {found[workers] / count:.2f} s a submission", flush=True)
    return found


@contextmanager
def cluster(workers):
    """A Dask scheduler with so many workers on this machine; gives its address."""
    from distributed import Client

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address, dask = f"tcp://127.0.0.1:{port}", [sys.executable, "-m", "dask"]
    commands = [[*dask, "scheduler", "--host=127.0.0.1", f"--port={port}", "--no-dashboard"]]
    commands += [[*dask, "worker", address, "--nworkers=1", "--nthreads=1", "--no-dashboard"]] * workers
    with open(BUILD / "log", "a") as log:
        processes = [subprocess.Popen(command, cwd=BUILD, stdout=log, stderr=log) for command in commands]
    try:
        with Client(address, timeout=60) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address
    finally:
        for process in reversed(processes):  # workers first: they take their leave of the scheduler
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
