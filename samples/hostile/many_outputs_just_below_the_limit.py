"""A hundred own cells with 1.9 MB of output each.

must not get: the grader
points: 0
slow: yes
base: release
"""

# %% submission
for _ in range(100):
    notebook.cells.append(nbformat.v4.new_code_cell("print('x' * 1_900_000)"))
