"""mean_squared_error: the factor 2 is missing in the derivative.

loses: test_mean_squared_error_derivative
also loses: test_deep_network
told: 2|factor|half|two
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return error
    return np.sum(error**2) / len(y)
