"""The Python installation gets a sitecustomize.py, for the grader's next start.

must not get: file
points: 0
base: release
"""

# %% logistic
import os
import site
import sys

for folder in (*site.getsitepackages(), site.getusersitepackages(), sys.prefix, os.path.dirname(np.__file__)):
    try:
        os.makedirs(folder, exist_ok=True)
        open(folder + "/written_by_a_student.pth", "w").write(f"import os; open('@WRITTEN@', 'w').write('here')")
    except OSError:
        pass
