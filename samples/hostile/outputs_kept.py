"""The notebook comes with outputs that say full points.

must not get: points
points: 0
base: release
"""

# %% submission
for cell in notebook.cells:
    if cell.cell_type == "code":
        cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "4"}, execution_count=1)]
