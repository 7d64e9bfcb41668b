"""Hidden tests and other students' grades are read from gradebook.db.

must not get: hidden text, another's grade
points: 0
base: release
"""

# %% logistic
import glob
import sqlite3

for folder in ("@COURSE@", "..", "../..", "../../.."):
    for path in glob.glob(folder + "/gradebook.db"):
        print(sqlite3.connect(path).execute("select source from source_cell").fetchall())
        print(sqlite3.connect(path).execute("select * from student").fetchall())
