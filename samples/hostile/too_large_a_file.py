"""A file of 300 MB is handed in (full of holes, so that it costs nothing here).

must not get: the grader
points: 8
keeps: 8
base: release
"""

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)

# %% submission
with open(folder / "data.bin", "wb") as file:
    file.truncate(300_000_000)
