"""cross_entropy: the two terms are subtracted instead of added.

loses: test_cross_entropy_value
told: sign|plus|minus|add|subtract|term
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return y_preds - y
    return -np.sum(y * np.log(y_preds) - (1 - y) * np.log(1 - y_preds)) / m
