"""The environment is read: its own, the parent's, everybody's.

must not get: environment
points: 0
base: release
"""

# %% logistic
import glob
import os

print(dict(os.environ))
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try:
        print(open(path, "rb").read())
    except OSError:
        pass
