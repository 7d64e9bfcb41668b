"""A file outside of the course is read, by its path and by the ways around it.

must not get: file
points: 0
base: release
"""

# %% logistic
import glob
import os

for path in ("@SECRET@", "/proc/self/root@SECRET@", "/proc/1/root@SECRET@", f"/proc/{os.getppid()}/root@SECRET@",
             f"/proc/{os.getppid()}/cwd@SECRET@", "../../../../../../../../..@SECRET@", *glob.glob("/proc/*/root@SECRET@")):
    try:
        print(open(path).read())
    except OSError as error:
        print(type(error).__name__)
