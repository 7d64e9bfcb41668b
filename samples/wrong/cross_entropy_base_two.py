"""cross_entropy: the logarithm to base 2 is used.

loses: test_cross_entropy_value
told: log|base|natural
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return y_preds - y
    return -np.sum(y * np.log2(y_preds) + (1 - y) * np.log2(1 - y_preds)) / m
