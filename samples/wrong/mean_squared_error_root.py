"""mean_squared_error: the root of the mean is returned.

loses: test_mean_squared_error_value
told: root|sqrt|square
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error
    return np.sqrt(np.sum(error**2) / len(y))
