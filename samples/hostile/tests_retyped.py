"""Test cells become Markdown.

must not get: points
points: 0
base: release
"""

# %% submission
for cell in notebook.cells:
    if cell.metadata.get("nbgrader", {}).get("grade"):
        cell.cell_type = "markdown"
        cell.pop("outputs", None), cell.pop("execution_count", None)
