"""Thirty thousand outputs of a single number.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% logistic
from IPython.display import display

for number in range(30_000):
    display(number)

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
