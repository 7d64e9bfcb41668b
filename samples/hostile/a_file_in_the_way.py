"""Files are handed in that have the names of folders which a kernel needs.

must not get: the grader
points: 8
base: release
"""

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)

# %% submission
for name in (".local", ".ipython", ".cache"):
    (folder / name).write_text("in the way")
