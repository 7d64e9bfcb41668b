"""A hundred thousand lines of output.

must not get: the grader
points: 8
keeps: 8
slow: yes
base: release
"""

# %% logistic
for number in range(100_000):
    print(number, "x" * 500)

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
