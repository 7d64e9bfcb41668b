"""Files are written to the course: autograded, submitted, source, its config.

must not get: file, another's grade
points: 0
base: release
"""

# %% logistic
import os

for folder in ("@COURSE@", "../../..", "/work", "/tmp/.."):
    for name in ("autograded/before/x", "submitted/x", "source/x", "nbgrader_config.py", "written"):
        try:
            os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
            open(f"{folder}/{name}", "a").write("\n# written by a student\n")
        except OSError:
            pass
try:
    open("@WRITTEN@", "w").write("here")
except OSError:
    pass
