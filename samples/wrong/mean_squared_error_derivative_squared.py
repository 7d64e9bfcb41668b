"""mean_squared_error: the error is still squared in the derivative.

loses: test_mean_squared_error_derivative
also loses: test_deep_network
told: square
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error**2
    return np.sum(error**2) / len(y)
