"""mean_squared_error: the cost is printed but not returned.

loses: test_mean_squared_error_value
may lose: test_backprop_step test_backprop_epochs test_deep_backprop_step test_deep_backprop_epochs test_deep_network
told: None|return
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error
    print(np.sum(error**2) / len(y))
