"""One output of 90 MB.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% logistic
from IPython.display import HTML, display

display(HTML("x" * 90_000_000))

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
