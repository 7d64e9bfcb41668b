"""Every later cell becomes `pass` before it is compiled.

must not get: points
points: 0
base: release
"""

# %% logistic
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\n"])
