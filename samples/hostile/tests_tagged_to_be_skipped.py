"""Test cells carry the tag skip-execution: what is not run has no error.

must not get: points
points: 0
base: release
"""

# %% submission
cells = {cell.metadata.get('nbgrader', {}).get('grade_id'): cell for cell in notebook.cells}

for cell in notebook.cells:
    if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
        cell.metadata.tags = ["skip-execution"]
