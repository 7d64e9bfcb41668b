"""The kernel ends itself at once.

must not get: the grader
points: 0
base: release
"""

# %% logistic
import os
os._exit(0)
