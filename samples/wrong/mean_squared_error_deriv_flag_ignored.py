"""mean_squared_error: deriv=True is ignored, the cost is returned.

loses: test_mean_squared_error_derivative
also loses: test_deep_network
told: deriv|cost instead|value|shape
"""

# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    return np.mean((y - y_preds) ** 2)
