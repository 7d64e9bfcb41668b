"""A solution cell calls itself a graded test of 50 points.

must not get: points
points: 0
base: release
"""

# %% logistic
print(1)

# %% submission
cells = {cell.metadata.get('nbgrader', {}).get('grade_id'): cell for cell in notebook.cells}

cells["logistic"].metadata.nbgrader.update(grade=True, points=50, solution=False, locked=True)
cells["test_tanh_value"].metadata.nbgrader.update(solution=True)
