"""Symbolic links to the source notebook and to a secret are handed in, and read.

must not get: hidden text, file
points: 0
may be refused: yes
base: release
"""

# %% logistic
import glob

for path in glob.glob("*") + glob.glob("*/**", recursive=True):
    try:
        print(path, open(path).read())
    except (OSError, UnicodeDecodeError) as error:
        print(path, error)

# %% submission
import os

(folder / "linked").mkdir()
os.symlink("@SECRET@", folder / "data.txt")
os.symlink("@COURSE@/source", folder / "source")
os.symlink(next(__import__("pathlib").Path("@COURSE@/source").rglob("*.ipynb")), folder / "linked" / "tests.txt")
