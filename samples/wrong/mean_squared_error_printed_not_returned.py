"""mean_squared_error: the cost is printed but not returned.

loses: test_mean_squared_error_value
told: None|return
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error
    print(np.sum(error**2) / len(y))
