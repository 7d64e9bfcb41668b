"""Threads that spin and print for ever.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% logistic
import threading

def spin():
    while True:
        print("x" * 100)

for _ in range(4):
    threading.Thread(target=spin, daemon=True).start()

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
