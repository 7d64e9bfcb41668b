"""The benchmark's results as a table, docs/benchmark.md, and a plot for the README, docs/benchmark.png."""

from statistics import median

import matplotlib.pyplot as plt
import numpy as np

MIB = 2**20
COLORS = {"nbgrader autograde": "0.6", "otter run": "0.75", "the cells alone": "C2"}  # all others are nbexaminer


def write(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.md").write_text("\n\n".join(paragraphs(results)) + "\n")
    plot(results, folder / "benchmark.png")


def costs(way, count, what):
    """Seconds of `what`, "wall" or "cpu", that one more submission costs, for each run.

    That is a run's time, less that of a run with nothing to do, divided by the number of submissions.
    """
    return [(run[what] - idle(way, what)) / count for run in way["runs"]]


def idle(way, what):
    """Seconds of a run with nothing to do, to start and to end: the least that was seen, for it is always the same."""
    return min(run[what] for run in way["idle"]) if way["idle"] else 0


def spread(values, digits=2):
    """Median and range of a few numbers, in words."""
    middle, low, high = (f"{value:.{digits}f}" for value in (median(values), min(values), max(values)))
    return middle if low == high else f"{middle} ({low}–{high})"


def table(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def paragraphs(results):
    machine, count = results["machine"], results["class"]["submissions"]
    ways = results["class"]["ways"]
    yield "# Benchmark"
    yield (
        f"Made by `make bench` on {machine['cores']} cores ({machine['processor']}), Python {machine['python']}; load "
        f"of the machine before the start, by others: {machine['load before']:.1f}. Medians, in brackets the range. "
        "CPU is user and system time of all processes, memory the peak of the sum of their PSS "
        "([how](../benchmarks/usage.py))."
    )
    yield "![Bars and lines of what the tables below say.](benchmark.png)"
    yield "## The course"
    rounds = len(next(iter(ways.values()))["runs"])
    yield (
        f"A class of {count} (right, wrong and incomplete answers), graded in turns, {rounds} rounds. Times are those "
        "of one more submission; what a run costs with nothing to do is in the column *start*. *The cells alone* are "
        "the limit: the same cells and tests in one warm Python process, without Jupyter, sandbox and gradebook, one "
        "submission after the other."
    )
    stock, limit = ways["nbgrader autograde"], ways["the cells alone"]
    rows = []
    for name, way in ways.items():
        wall, cpu = costs(way, count, "wall"), costs(way, count, "cpu")
        rows.append(
            [
                name,
                spread(wall),
                f"{median(costs(stock, count, 'wall')) / median(wall):.2f}",
                spread(cpu),
                f"{median(cpu) / median(costs(limit, count, 'cpu')):.2f}",
                f"{idle(way, 'wall'):.1f}" if way["idle"] else "",
                spread([run["memory"] / MIB for run in way["runs"]], 0),
            ]
        )
    head = ["", "wall, s", "times as fast as stock", "CPU, s", "times the CPU of the limit", "start, s", "memory, MiB"]
    yield table(head, rows)
    points = results["class"]["points"]
    same = all(given == points["nbgrader autograde"] for given in points.values())
    yield "All give the same points." if same else f"Points differ: {points}"
    if "otter run" in ways:
        yield (
            "otter-grader has the same tests, in the student's kernel, not isolated; it takes one submission a "
            "command, so the start of Python is in each."
        )
    yield from many(results["many"])
    yield "## Dask"
    if dask := results["dask"]:
        yield "The same class, wall time of a whole run by the number of submissions, start included."
        yield table(["workers", "wall, s"], [[str(workers), f"{wall / count:.2f}"] for workers, wall in dask.items()])
    else:
        yield "Not measured: this environment has no Dask."
    yield "## The pieces"
    yield "Medians, taken in turns ([what is done](../benchmarks/pieces.py))."
    yield table(["", "", "ms"], [[piece, way, f"{seconds * 1000:.2f}"] for piece, way, seconds in results["pieces"]])


def many(results):
    """What the grader itself costs: a notebook that needs no time."""
    yield "## Many small submissions"
    yield "One solution cell and two tests that need no time: what is left is the grader's own."
    rows = []
    for name, way in results.items():
        count = way["submissions"]
        wall, cpu = (spread(costs(way, count, what)) for what in ("wall", "cpu"))
        rows.append([name, str(count), wall, cpu, f"{way['runs'][0]['memory'] / MIB:.0f}"])
    yield table(["", "submissions", "wall, s", "CPU, s", "memory, MiB"], rows)
    *_, (name, way) = results.items()
    count = way["submissions"]
    at = [size_at(way["memory"], share * count) for share in (0.1, 0.5, 1)]
    yield (
        f"Memory (PSS) of the main process of `{name}`, with 10 %, 50 % and all of the {count} graded: "
        + ", ".join(f"{size / MIB:.0f}" for size in at)
        + f" MiB; in the second half it grows by {growth(way['memory'], count) * 1000 / MIB:.1f} MiB for each 1,000."
    )


def size_at(memory, graded):
    """Bytes of the main process when so many were graded: the median of the looks around that moment."""
    near = sorted((look for look in memory if look["main"]), key=lambda look: abs(look["graded"] - graded))
    return median(look["main"] for look in near[:5])


def growth(memory, count):
    """Bytes by which the main process grows with a submission, in the second half: the slope of a line through it."""
    late = [look for look in memory if look["graded"] > count / 2 and look["main"]]
    graded = [look["graded"] for look in late]
    return np.polyfit(graded, [look["main"] for look in late], 1)[0] if len(set(graded)) > 1 else 0.0


def plot(results, path):
    figure, (wall, cpu, memory) = plt.subplots(1, 3, figsize=(13, 3.2), width_ratios=[1, 1, 1.1], layout="constrained")
    ways, count = results["class"]["ways"], results["class"]["submissions"]
    for axes, what, title in [(wall, "wall", "wall time"), (cpu, "cpu", "CPU time, all processes")]:
        for place, (name, way) in enumerate(ways.items()):
            values = costs(way, count, what)
            middle = median(values)
            reach = [[middle - min(values)], [max(values) - middle]]
            axes.barh(place, middle, xerr=reach, color=COLORS.get(name, "C0"), capsize=3, height=0.65)
            axes.text(max(values), place, f"  {middle:.2f}", va="center")
        axes.set_yticks(range(len(ways)), list(ways))
        axes.invert_yaxis()
        axes.margins(x=0.2)
        axes.set_xlim(left=0)
        axes.set_xlabel("seconds a submission")
        axes.set_title(title)
        axes.spines[["top", "right"]].set_visible(False)
    cpu.set_yticks([])
    *_, (name, way) = results["many"].items()
    looks = [look for look in way["memory"] if look["main"]]
    graded, main, everything = ([look[key] for look in looks] for key in ("graded", "main", "all"))
    memory.plot(graded, np.divide(everything, MIB), ".", color="C1", alpha=0.4, label="all processes")
    memory.plot(graded, np.divide(main, MIB), color="C0", label="main process")
    memory.set_ylim(bottom=0)
    memory.set_xlabel("small submissions graded")
    memory.set_ylabel("PSS, MiB")
    memory.set_title(f"memory, {name}")
    memory.legend(loc="lower right")
    memory.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    plt.close(figure)
