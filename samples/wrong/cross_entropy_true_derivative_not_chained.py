"""cross_entropy: the derivative is the true dC/dA, but nothing multiplies it by the logistic's derivative later.

loses: test_gradient_descent_step test_gradient_descent_epochs test_backprop_step test_backprop_epochs
also loses: test_deep_backprop_step test_hidden_layer_network test_logistic_regression
told: logistic|chain|activation|sigmoid|dA|dZ|yhat|1 *-
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return (y_preds - y) / (y_preds * (1 - y_preds))
    return -np.sum(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds)) / m
