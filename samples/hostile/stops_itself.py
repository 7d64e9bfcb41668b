"""The kernel stops itself (SIGSTOP), so that no interrupt arrives.

must not get: the grader
points: 0
slow: yes
base: release
"""

# %% logistic
import os
import signal
os.kill(os.getpid(), signal.SIGSTOP)
