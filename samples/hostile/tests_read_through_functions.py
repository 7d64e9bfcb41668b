"""Functions of the test, given as arguments, are taken apart: code, globals, closure, frames of their caller.

must not get: hidden text
points: 0
base: release
"""

# %% logistic
import sys

found = []
def look(f):
    for name in ("__code__", "__globals__", "__closure__", "__defaults__", "__wrapped__", "func", "args", "__self__", "__doc__"):
        try:
            value = getattr(f, name)
        except Exception as error:
            value = error
        found.append(str(getattr(value, "co_consts", "")) + str(getattr(value, "co_names", "")))
        found.append(str(list(value) if isinstance(value, dict) else value))

# %% tanh
def tanh(x, deriv=False):
    frame = sys._getframe()
    while frame:
        found.append(str(frame.f_code.co_consts) + str(list(frame.f_locals)))
        frame = frame.f_back
    return x

# %% forward_pass
def forward_pass(x, w1, b1, w2, b2, *functions):
    for f in functions:
        look(f)
        for args in ((), ("x",), (None,), (np.zeros((2, 2)),)):
            try:
                f(*args, deriv=object)
            except Exception as error:
                found.append(repr(error) + str(error.__traceback__.tb_frame.f_code.co_consts))
                tb = error.__traceback__
                while tb:
                    found.append(str(list(tb.tb_frame.f_locals)) + str(tb.tb_frame.f_code.co_consts))
                    tb = tb.tb_next

# %% submission
notebook.cells.append(nbformat.v4.new_code_cell("print(found)"))
