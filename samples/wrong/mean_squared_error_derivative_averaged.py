"""mean_squared_error: the derivative is divided by m, though it is asked for per example.

loses: test_mean_squared_error_derivative
also loses: test_deep_network
told: 1 */ *m|average|mean|factor|per example|each example|divi
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error / len(y)
    return np.sum(error**2) / len(y)
