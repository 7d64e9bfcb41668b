"""Memory is taken and touched until there is no more (12 GB at most).

must not get: the grader
points: 0
base: release
"""

# %% logistic
held = []
for _ in range(120):
    held.append(bytearray(b"x") * 100_000_000)
