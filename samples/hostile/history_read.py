"""Test cells are looked for in IPython's history and among all objects in memory.

must not get: hidden text
points: 0
base: release
"""

# %% logistic
def tanh(x, deriv=False): raise ValueError

# %% tanh
def tanh(x, deriv=False): return x

# %% forward_pass
import gc
import linecache

print(list(In))
for object in gc.get_objects():
    if isinstance(object, (dict, list, tuple)):
        for text in (object.values() if isinstance(object, dict) else object):
            if type(text) is str and "BEGIN HIDDEN" + " TESTS" in text:
                print(text)
