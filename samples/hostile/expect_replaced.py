"""nbexaminer, np.testing and numpy's comparisons are replaced where they are imported from.

must not get: points
points: 0
base: release
"""

# %% logistic
import sys
import types

fake = types.ModuleType("nbexaminer")
fake.expect = fake.either = lambda *args, **kwargs: None
sys.modules["nbexaminer"] = fake
np.isclose = np.allclose = np.array_equal = lambda *args, **kwargs: True
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, lambda *args, **kwargs: None)

class Shape(tuple):
    def __eq__(self, other): return True

np.shape = lambda value: Shape()
expect = either = lambda *args, **kwargs: None
def logistic(x, deriv=False): return 0
def tanh(x, deriv=False): return 0

# %% tanh
expect = either = lambda *args, **kwargs: None
def tanh(x, deriv=False): return 0
