"""An exception with a text of 50 MB, which Jupyter sends in one message: the line is cut, and stays cut.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% logistic
raise Exception("z" * 50_000_000)

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
