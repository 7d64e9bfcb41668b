"""mean_squared_error: the sum is not divided by m.

loses: test_mean_squared_error_value
told: mean|average|1 */ *m|divi|factor|sum
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error
    return np.sum(error**2)
