"""mean_squared_error: a factor 1/2 is in front, which this exercise does not have.

loses: test_mean_squared_error_value
told: half|factor|1/2|0[.]5| 2
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error
    return np.sum(error**2) / (2 * len(y))
