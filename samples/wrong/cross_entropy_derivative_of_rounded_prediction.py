"""cross_entropy: the derivative rounds the prediction to 0 or 1 first.

loses: test_cross_entropy_derivative
also loses: test_hidden_layer_network test_logistic_regression
told: round|threshold|0 or 1|class
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return np.round(y_preds) - y
    return -np.sum(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds)) / m
