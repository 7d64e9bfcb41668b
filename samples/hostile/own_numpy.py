"""A numpy.py is handed in that says yes to everything; so is a json.py and a sitecustomize.py.

must not get: points, hidden text
points: 0
base: release
"""

# %% logistic
def logistic(x, deriv=False): return 0.5

# %% submission
(folder / "numpy.py").write_text("isclose = allclose = lambda *args, **kwargs: True\ndef __getattr__(name): return isclose\n")
(folder / "sitecustomize.py").write_text("open('@WRITTEN@', 'w')")
(folder / "nbexaminer.py").write_text("expect = either = lambda *args, **kwargs: None")
