"""Each test cell is there twice, once empty.

must not get: points
points: 8
base: release
"""

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)

# %% submission
for cell in list(notebook.cells):
    if cell.metadata.get("nbgrader", {}).get("grade"):
        twin = nbformat.v4.new_code_cell("")
        twin.metadata = cell.metadata
        notebook.cells.insert(0, twin)
        notebook.cells.append(twin)
