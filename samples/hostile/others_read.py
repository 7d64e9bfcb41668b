"""Other students' submissions are read.

must not get: another's work
points: 0
base: release
"""

# %% logistic
import glob

for folder in ("@COURSE@", "..", "../..", "../../.."):
    for path in glob.glob(folder + "/submitted/*/*/*.ipynb") + glob.glob(folder + "/autograded/*/*/*.ipynb"):
        print(open(path).read())
