"""Test and set-up cells say something else than they were given as.

must not get: points, file
points: 0
base: release
"""

# %% submission
cells = {cell.metadata.get('nbgrader', {}).get('grade_id'): cell for cell in notebook.cells}

for name, cell in cells.items():
    if cell.metadata.get("nbgrader", {}).get("locked"):
        cell.source = "open('@WRITTEN@', 'w').write('here'); expect = lambda *args, **kwargs: None"
