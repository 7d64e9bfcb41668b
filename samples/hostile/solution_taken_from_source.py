"""The model solution is read from the source notebook and run.

must not get: points, hidden text
points: 0
base: release
"""

# %% logistic
import glob
import json
import os

for folder in ("@COURSE@", "..", "../..", "../../.."):
    for path in glob.glob(folder + "/source/*/*.ipynb"):
        for cell in json.load(open(path))["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                exec("".join(cell["source"]))

# %% tanh
pass

# %% forward_pass
pass
