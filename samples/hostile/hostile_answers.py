"""Huge, deep, endless, self-containing and lying values are returned.

must not get: the grader
points: 8
base: release
"""

# %% logistic
class Pickled:
    def __reduce__(self): return (__import__("os").system, ("touch @WRITTEN@",))

class Claims(np.ndarray):
    @property
    def shape(self): return (10**9, 10**9)
    @property
    def nbytes(self): return 1

def deep():
    value = []
    for _ in range(100_000):
        value = [value]
    return value

def itself():
    value = []
    value.append(value)
    return value

ANSWERS = [deep, itself, Pickled, lambda: [Pickled()], lambda: np.zeros(3).view(Claims), lambda: (n for n in iter(int, 1)),
           lambda: [0] * 4_000_000, lambda: "x" * 50_000_000, lambda: np.zeros(30_000_000), lambda: np.array([Pickled()]),
           lambda: np.broadcast_to(0.0, (10**9,)), lambda: range(10**15), lambda: 10**100_000, lambda: {itself: 1},
           lambda: np.dtype, lambda: type, lambda: float("nan"), lambda: b"x", lambda: "\ud800", lambda: {"float": "nan"}]
calls = 0
def logistic(x, deriv=False):
    global calls
    calls += 1
    return ANSWERS[calls % len(ANSWERS)]()

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
