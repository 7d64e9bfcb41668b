"""The logistic never overflows: exp is only taken of numbers that are not positive."""

# %% logistic
def logistic(x, deriv=False):
    e = np.exp(-np.abs(x))
    if deriv:
        return e / (1 + e) ** 2
    return np.where(np.asarray(x) >= 0, 1 / (1 + e), e / (1 + e))
