"""An endless loop in a cell; what comes after it is answered honestly.

must not get: the grader
points: 8
keeps: 8
slow: yes
base: release
"""

# %% logistic
while True:
    pass

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
