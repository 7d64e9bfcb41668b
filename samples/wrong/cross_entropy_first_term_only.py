"""cross_entropy: the term for y = 0 is missing.

loses: test_cross_entropy_value
told: term|second|1 *- *y|y *= *0|class 0
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return y_preds - y
    return -np.sum(y * np.log(y_preds)) / m
