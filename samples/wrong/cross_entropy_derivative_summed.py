"""cross_entropy: the derivative is summed up to one number.

loses: test_cross_entropy_derivative
also loses: test_backprop_epochs test_backprop_step test_deep_backprop_step test_gradient_descent_epochs test_gradient_descent_step test_hidden_layer_network test_logistic_regression
told: shape|sum|per example|each example|one number|scalar
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return np.sum(y_preds - y)
    return -np.sum(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds)) / m
