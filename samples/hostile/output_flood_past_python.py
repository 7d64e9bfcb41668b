"""Output straight to the file descriptors, 100 MB.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% logistic
import os

for number in (1, 2):
    try:
        for _ in range(50):
            os.write(number, b"x" * 1_000_000)
    except OSError:
        pass

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
