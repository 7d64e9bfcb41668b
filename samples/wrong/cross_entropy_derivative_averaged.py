"""cross_entropy: the derivative is divided by m, though it is asked for per example.

loses: test_cross_entropy_derivative
also loses: test_hidden_layer_network
told: 1 */ *m|average|mean|factor|per example|each example|divi
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return (y_preds - y) / m
    return -np.sum(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds)) / m
