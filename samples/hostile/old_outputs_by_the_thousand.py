"""A hundred thousand tiny outputs are handed in, each of which has to be looked at: 5 MB, two minutes.

must not get: the grader
points: 8
keeps: 8
base: release
"""

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)

# %% submission
notebook.cells[0].outputs = [{"output_type": "stream", "name": "stdout", "text": "x"}] * 100_000
