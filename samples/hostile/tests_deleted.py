"""Test cells are deleted.

must not get: points
points: 0
base: release
"""

# %% submission
notebook.cells = [cell for cell in notebook.cells if not cell.metadata.get("nbgrader", {}).get("grade")]
