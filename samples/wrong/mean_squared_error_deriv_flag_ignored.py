"""mean_squared_error: deriv=True is ignored, the cost is returned.

loses: test_mean_squared_error_derivative
may lose: test_deep_network test_backprop_step test_backprop_epochs test_deep_backprop_step test_deep_backprop_epochs
told: deriv|cost instead|value|shape
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    return np.mean((y - y_preds) ** 2)
