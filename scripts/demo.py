"""A made-up class, from release to grades: `make demo`.

Everything happens in build/demo/, a course of its own.
"""

import shutil
import subprocess
import sys
import time

from samples import ASSIGNMENT, NOTEBOOK, ROOT, complete, environment, make_course, model_answers, read_sample, submit

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
    "hostile/asserts_dropped",
    "hostile/gradebook_rewritten",
]


def main():
    start = time.monotonic()
    shutil.rmtree(COURSE, ignore_errors=True)
    make_course(COURSE)

    step("release the assignment: hidden tests and solutions are taken out")
    run("nbgrader", "generate_assignment", ASSIGNMENT, "--log-level=WARN")

    step(f"{len(CLASS) + 1} students hand in")
    model = model_answers()
    for number, name in enumerate(CLASS, 1):
        sample = read_sample(ROOT / f"samples/{name}.py")
        submit(COURSE, f"student-{number:02}", complete(sample, model))
        print(f"  student-{number:02}  {sample[0]['what']}")
    submit(COURSE, f"student-{number + 1:02}", {})
    broken = COURSE / "submitted" / f"student-{number + 1:02}" / ASSIGNMENT / NOTEBOOK
    broken.write_bytes(broken.read_bytes()[:5000])
    print(f"  student-{number + 1:02}  The upload broke off in the middle of the file.")

    step("autograde: student code in a sandbox, tests outside of it")
    run("nbexaminer", "autograde", ASSIGNMENT, may_fail=True)

    step("feedback, grades, and a page about the class")
    run("nbgrader", "generate_feedback", ASSIGNMENT, "--log-level=ERROR")
    run("nbgrader", "export", "--log-level=ERROR")
    run("nbexaminer", "report", ASSIGNMENT)
    where = COURSE.relative_to(ROOT)
    print(f"  feedback: {where}/feedback/<student>/{ASSIGNMENT}/{NOTEBOOK.replace('.ipynb', '.html')}")
    print(f"  report:   {where}/report/{ASSIGNMENT}.html")
    print(f"  grades:   {where}/grades.csv\n{time.monotonic() - start:.0f} s")


def step(what):
    print(f"\n* {what}", flush=True)


def run(command, *arguments, may_fail=False):
    """Run a command in the course; autograding says by its status that someone was not graded."""
    process = subprocess.run([sys.executable, "-m", command, *arguments], cwd=COURSE, env=environment())
    if process.returncode not in ((0, 1) if may_fail else (0,)):
        sys.exit(process.returncode)


if __name__ == "__main__":
    main()
