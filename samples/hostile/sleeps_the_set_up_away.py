"""Own cells sleep until no time is left, and then a locked set-up cell needs a while in the examiner, too.

must not get: the grader
points: 0
slow: yes
base: release
"""

# %% submission
for _ in range(9):
    notebook.cells.insert(0, nbformat.v4.new_code_cell("import time; time.sleep(2.5)"))
