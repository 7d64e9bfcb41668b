"""cross_entropy: the costs of the examples are returned, not their mean.

loses: test_cross_entropy_value
told: mean|average|per example|each example|shape|one number|single number|scalar
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    if deriv:
        return y_preds - y
    return -(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds))
