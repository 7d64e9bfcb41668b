"""mean_squared_error: the derivative has the wrong sign.

loses: test_mean_squared_error_derivative
also loses: test_deep_network
told: sign|minus|negative|order|wrong way
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return -2 * error
    return np.sum(error**2) / len(y)
