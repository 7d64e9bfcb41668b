"""cross_entropy: the logarithm to base 10 is used.

loses: test_cross_entropy_value
told: log|base|natural
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return y_preds - y
    return -np.sum(y * np.log10(y_preds) + (1 - y) * np.log10(1 - y_preds)) / m
