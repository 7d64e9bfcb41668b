"""mean_squared_error: the absolute error is averaged, not its square.

loses: test_mean_squared_error_value
told: square|absolute
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error
    return np.sum(np.abs(error)) / len(y)
