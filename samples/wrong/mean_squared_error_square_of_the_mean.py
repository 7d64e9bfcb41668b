"""mean_squared_error: the mean is squared, instead of taking the mean of the squares.

loses: test_mean_squared_error_value
told: square|mean
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error
    return np.mean(error) ** 2
