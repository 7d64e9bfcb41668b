"""cross_entropy: the derivative is y - yhat, the wrong way round.

loses: test_cross_entropy_derivative
also loses: test_hidden_layer_network test_logistic_regression
told: sign|minus|wrong way|order|negative|swap
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return y - y_preds
    return -np.sum(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds)) / m
