"""Everybody's grades are rewritten in gradebook.db.

must not get: points, another's grade
points: 0
base: release
"""

# %% logistic
import glob
import sqlite3

for folder in ("@COURSE@", "..", "../..", "../../.."):
    for path in glob.glob(folder + "/gradebook.db"):
        with sqlite3.connect(path) as gradebook:
            gradebook.execute("update grade set auto_score = 1, manual_score = 1")
