"""The notebook and what is generated from it: complete, current, and nothing in it that should not be."""

import ast
import builtins
import filecmp
import re

import nbformat
import pytest
from nbgrader.preprocessors import ClearHiddenTests

import course
import solutions
from samples import ASSIGNMENT, NOTEBOOK, ROOT, make_course, model_answers, nbgrader

RELEASE = ROOT / "release" / ASSIGNMENT
SOLUTIONS = ROOT / "solutions" / ASSIGNMENT
FUNCTIONS = ["logistic", "tanh", "relu", "cross_entropy", "mean_squared_error", "gradient_descent"]
FUNCTIONS += ["forward_pass", "backprop", "deep_forward_pass", "deep_backprop"]


def read(path):
    return nbformat.read(path, as_version=4)


def sources(notebook):
    return {cell.id: cell.source for cell in notebook.cells}


def test_source_is_clean():
    notebook = read(course.SOURCE)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert re.fullmatch(r"[a-z0-9-]+", cell.id), "ids are words, so that a diff can be read"
        assert not cell.get("outputs") and cell.get("execution_count") is None
    assert notebook.metadata.kernelspec.name == "python3"


def test_every_function_has_its_cells():
    cells = course.cells()
    assert [name for name, cell in cells.items() if course.is_solution(cell)] == FUNCTIONS
    for name in FUNCTIONS:
        code = cells[name].source
        assert re.match(rf"def {name.removeprefix('deep_')}\(", code)
        assert "### BEGIN SOLUTION" in code and "### END SOLUTION" in code
    assert sum(course.points().values()) == 100


def test_graded_cells_need_no_other_graded_cell():
    """A check that fails ends its cell in a kernel; the cells after it must not miss what it would have defined."""
    cells = course.cells()
    known = set(dir(builtins)) | {name.removeprefix("deep_") for name in FUNCTIONS}
    for name, cell in cells.items():
        tree = ast.parse(re.sub(r"^%.*$", "", cell.source, flags=re.M))
        if course.is_test(cell):
            assert "### BEGIN HIDDEN TESTS" in cell.source
            used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert used <= known | defined(tree), f"{name} uses names of another graded cell"
            if name != "reference":
                assert not used & {"X", "y"} - defined(tree), f"{name} uses the global data"
        if not course.is_test(cell) or name == "reference":
            known |= defined(tree)


def defined(tree):
    """All names that code defines, in functions, too."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    imports = [
        alias for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
    ]
    return names | {alias.asname or alias.name for alias in imports}


def test_pictures_are_there_and_described():
    text = "".join(cell.source for cell in read(course.SOURCE).cells if cell.cell_type == "markdown")
    pictures = re.findall(r"!\[([^\]]*)\]\((images/\w+\.png)\)", text)
    assert {path for _, path in pictures} == {f"images/{p.name}" for p in course.SOURCE.parent.glob("images/*")}
    assert len(pictures) >= 6
    assert all(len(alt) > 60 for alt, _ in pictures)


def test_model_solution_gets_all_points_and_the_blank_release_none():
    assert course.score(course.grade(model_answers())) == 100
    assert course.score(course.grade({})) == 0


def test_release_is_current(tmp_path):
    make_course(tmp_path / "course")
    run = nbgrader(tmp_path / "course", "generate_assignment", ASSIGNMENT)
    assert run.returncode == 0, run.stderr
    fresh = tmp_path / "course" / "release" / ASSIGNMENT
    assert sources(read(fresh / NOTEBOOK)) == sources(read(RELEASE / NOTEBOOK)), "run: make release"
    same_files(fresh, RELEASE)


def same_files(one, other):
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*.*"))
    assert names == sorted(str(path.relative_to(other)) for path in other.rglob("*.*"))
    differ = filecmp.cmpfiles(one, other, [name for name in names if not name.endswith(".ipynb")], shallow=False)
    assert differ[1:] == ([], [])


def test_release_holds_nothing_of_solutions_and_hidden_tests():
    text = (RELEASE / NOTEBOOK).read_text()
    assert "HIDDEN TESTS" not in text and "SOLUTION" not in text and "nbexaminer" not in text
    released = {line.strip() for cell in read(RELEASE / NOTEBOOK).cells for line in cell.source.splitlines()}
    marked = r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END"
    for cell in read(course.SOURCE).cells:
        for secret in re.findall(marked, cell.source, re.S):
            secrets = {line.strip() for line in secret.splitlines()}
            # visible checks may share a line with hidden ones only if it says nothing by itself
            assert {line for line in released & secrets if len(line) > 12} == set()


@pytest.fixture(scope="module")
def solved():
    return solutions.solve()


def outputs(notebook):
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def test_solution_runs_clean_and_its_last_network_misclassifies_nobody(solved):
    for cell_id, cell_outputs in outputs(solved).items():
        assert all(output.output_type != "error" for output in cell_outputs), cell_id
        assert all(output.get("name") != "stderr" for output in cell_outputs), cell_id
    printed = "".join(output.get("text", "") for output in outputs(solved)["train-deep-network"])
    assert "\n0 of 25 are misclassified" in printed
    printed = "".join(output.get("text", "") for output in outputs(solved)["train-logistic-regression"])
    assert "\n8 of 25 are misclassified" in printed


def test_training_prints_the_cost_about_ten_times(solved):
    for cell_id, cell_outputs in outputs(solved).items():
        if cell_id.startswith("train-"):
            assert 8 <= "".join(output.get("text", "") for output in cell_outputs).count("epoch ") <= 12


def test_solutions_are_current(solved):
    committed = read(SOLUTIONS / NOTEBOOK)
    assert sources(committed) == sources(solved), "run: make solutions"
    kinds = {name: sorted(output.output_type for output in outs) for name, outs in outputs(solved).items()}
    drawn = {name: kind.count("display_data") for name, kind in kinds.items()}
    assert drawn == {
        name: sum(output.output_type == "display_data" for output in outs) for name, outs in outputs(committed).items()
    }, "run: make solutions"
    same_files(course.SOURCE.parent, SOLUTIONS)
    without_tests, _ = ClearHiddenTests().preprocess(read(course.SOURCE), {"nbgrader": {}})
    assert sources(committed) == sources(without_tests)
