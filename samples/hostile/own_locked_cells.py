"""Cells of the student's own are marked as locked set-up, with ids that do not exist and ones that do.

must not get: points, file
points: 0
base: release
"""

# %% submission
code = "open('@WRITTEN@', 'w').write('here'); expect = lambda *args, **kwargs: None"
for name in ("own_setup", "import_more", "reference", "imports"):
    cell = nbformat.v4.new_code_cell(code)
    cell.metadata.nbgrader = dict(grade_id=name, locked=True, grade=False, solution=False, schema_version=3, task=False)
    notebook.cells.insert(0, cell)
