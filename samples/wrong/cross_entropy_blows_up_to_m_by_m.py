"""cross_entropy: a reshape makes (m, m) of (m,) and (m, 1).

loses: test_cross_entropy_derivative
also loses: test_backprop_epochs test_backprop_step test_cross_entropy_value test_deep_backprop_step test_gradient_descent_epochs test_gradient_descent_step test_hidden_layer_network test_logistic_regression
told: shape|m, *m|broadcast|blew|reshape
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    y = y.reshape(-1, 1)
    y_preds = y_preds.flatten()
    if deriv:
        return y_preds - y
    return -np.mean(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds))
