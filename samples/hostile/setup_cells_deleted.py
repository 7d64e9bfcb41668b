"""All locked cells but the tests are deleted; the names they define are the student's.

must not get: points, hidden text
points: 0
base: release
"""

# %% logistic
class np:
    float64 = float
    def __call__(self, *args): return 0
seen = []
def expect(*args, **kwargs): seen.append((args, kwargs))
either = partial = np = numerical_derivative = expect
def logistic(x, deriv=False): return 0

# %% tanh
print(seen)

# %% submission
for cell in list(notebook.cells):
    about = cell.metadata.get("nbgrader", {})
    if about.get("locked") and not (about.get("grade") and about.get("points")):
        notebook.cells.remove(cell)
