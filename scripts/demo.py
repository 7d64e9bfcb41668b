"""A made-up class, from release to grades: `make demo`.

Everything happens in build/demo/, a course of its own, with nbgrader's own commands.
"""

import csv
import shutil
import sys
import time

from samples import ASSIGNMENT, NOTEBOOK, ROOT, complete, make_course, model_answers, nbgrader, read_sample, submit

COURSE = ROOT / "build" / "demo"
CLASS = [
    "right/typed_and_documented",
    "right/pure_python_loops",
    "right/true_cost_derivative",
    "right/noisy",
    "wrong/tanh_derivative_no_square",
    "wrong/cross_entropy_sum_not_mean",
    "wrong/relu_derivative_one_at_zero",
    "wrong/gradient_descent_ascent",
    "wrong/backprop_updated_weights_for_hidden_layer",
    "wrong/deep_forward_pass_input_counted_as_a_layer",
    "wrong/tanh_does_not_parse",
    "wrong/incomplete_everything_but_part_5",
    "wrong/incomplete_part_2_only",
    "wrong/incomplete_nothing_done",
]


def main():
    start = time.monotonic()
    shutil.rmtree(COURSE, ignore_errors=True)
    make_course(COURSE)

    step("release the assignment: hidden tests and solutions are taken out")
    run("generate_assignment", ASSIGNMENT)

    step(f"{len(CLASS)} students hand in")
    samples = {f"student-{i:02}": read_sample(ROOT / f"samples/{name}.py") for i, name in enumerate(CLASS, 1)}
    model = model_answers()
    for student, sample in samples.items():
        submit(COURSE, student, complete(sample, model))

    step("autograde")
    for i, student in enumerate(samples, 1):
        print(f"  {i:2} of {len(samples)}  {student}", flush=True)
        run("autograde", ASSIGNMENT, "--student", student)

    step("feedback and grades")
    run("generate_feedback", ASSIGNMENT)
    run("export")
    print_class({student: about["what"] for student, (about, _) in samples.items()})
    where = COURSE.relative_to(ROOT)
    print(f"\nfeedback: {where}/feedback/<student>/{ASSIGNMENT}/{NOTEBOOK.replace('.ipynb', '.html')}")
    print(f"grades:   {where}/grades.csv\n{time.monotonic() - start:.0f} s")


def step(what):
    print(f"\n* {what}", flush=True)


def run(*command):
    """Run one of nbgrader's commands; show what it said only if it failed."""
    process = nbgrader(COURSE, *command)
    if process.returncode:
        sys.exit(f"nbgrader {' '.join(command)} failed:\n{process.stdout}{process.stderr}")


def print_class(whats):
    with open(COURSE / "grades.csv") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file) if row["assignment"] == ASSIGNMENT}
    print(f"\n  {'student':12}{'points':>7}   what was handed in")
    for student, what in whats.items():
        print(f"  {student:12}{float(rows[student]['score']):7.0f}   {what}")


if __name__ == "__main__":
    main()
