"""Names, messages, results and output hold characters that no file can hold.

must not get: the grader
points: 8
keeps: 8
base: release
"""

# %% logistic
odd = "\ud800 and \udfff"
print(odd.encode("unicode_escape"))
def logistic(x, deriv=False):
    raise type(odd, (Exception,), {})(odd + "\x00\x1b[31m")
kernel = get_ipython().kernel
pack = kernel.session.pack
kernel.session.pack = lambda value: __import__("json").dumps(value, default=str).encode()
print(odd)

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
