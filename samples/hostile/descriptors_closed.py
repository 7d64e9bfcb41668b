"""All file descriptors are closed.

must not get: the grader
points: 0
slow: yes
base: release
"""

# %% logistic
import os
os.closerange(3, 256)
