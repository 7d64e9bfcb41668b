"""mean_squared_error: divided by the number of columns instead of the number of examples.

loses: test_mean_squared_error_value
told: mean|average|number of examples|1 */ *m|factor|column|axis|divi|sum
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error
    return np.sum(error**2) / y.shape[-1]
