"""Files are written until the disk is full (4 GB at most).

must not get: the grader
points: 8
keeps: 8
base: release
"""

# %% logistic
for folder in (".", "/tmp", "/dev/shm", "/var/tmp"):
    for number in range(100):
        try:
            with open(f"{folder}/filler{number}", "wb") as file:
                file.write(bytes(10_000_000))
        except OSError:
            break

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
