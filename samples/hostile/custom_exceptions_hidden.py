"""IPython's handler of exceptions is replaced by one that shows nothing.

must not get: points
points: 0
base: release
"""

# %% logistic
get_ipython().set_custom_exc((BaseException,), lambda *args, **kwargs: None)
get_ipython().showtraceback = lambda *args, **kwargs: None
get_ipython().showsyntaxerror = lambda *args, **kwargs: None
