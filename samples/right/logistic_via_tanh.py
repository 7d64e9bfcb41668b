"""The logistic is written with tanh, and tanh' as 1/cosh^2."""

# %% logistic
def logistic(x, deriv=False):
    if deriv:
        return 0.25 * (1 - np.tanh(0.5 * x) ** 2)
    return 0.5 * (1 + np.tanh(0.5 * x))


# %% tanh
def tanh(x, deriv=False):
    if deriv:
        return 1.0 / np.cosh(x) ** 2
    return 2 * logistic(2 * x) - 1
