"""The source notebook is searched for and printed.

must not get: hidden text
points: 0
base: release
"""

# %% logistic
import glob
import os

for folder in ("@COURSE@", "..", "../..", "../../..", os.path.expanduser("~")):
    for path in glob.glob(folder + "/source/*/*.ipynb"):
        print(open(path).read())
