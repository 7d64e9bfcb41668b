"""Processes that fork, 300 at most if nobody stops them.

must not get: the grader, process
points: 0
base: release
"""

# %% logistic
import os
import time

for _ in range(300):
    try:
        if os.fork() == 0:
            time.sleep(120)
            os._exit(0)
    except OSError:
        break
