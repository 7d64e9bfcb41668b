"""isinstance, callable, all, len and float are replaced.

must not get: points
points: 0
base: release
"""

# %% logistic
import builtins

builtins.isinstance = lambda value, kind: True
builtins.callable = lambda value: False
builtins.all = lambda values: True
builtins.float = lambda value=0: 0.0
def logistic(x, deriv=False): return 0
