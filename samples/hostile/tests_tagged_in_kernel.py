"""Test cells are tagged in-kernel by the student, whose kernel runs nothing.

must not get: points
points: 0
base: release
"""

# %% logistic
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\n"])

# %% submission
cells = {cell.metadata.get('nbgrader', {}).get('grade_id'): cell for cell in notebook.cells}

for cell in notebook.cells:
    if cell.metadata.get("nbgrader", {}).get("grade"):
        cell.metadata.tags = ["in-kernel"]
