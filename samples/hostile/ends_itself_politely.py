"""Functions raise SystemExit, KeyboardInterrupt and GeneratorExit.

must not get: points
points: 8
keeps: 8
base: release
"""

# %% logistic
def logistic(x, deriv=False):
    raise [SystemExit(0), KeyboardInterrupt(), GeneratorExit(), StopIteration()][int(np.size(x)) % 4]

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
