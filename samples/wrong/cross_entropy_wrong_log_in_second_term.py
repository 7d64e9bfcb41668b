"""cross_entropy: the second term takes log(yhat) where it should take log(1 - yhat).

loses: test_cross_entropy_value
told: 1 *- *y|second|term
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return y_preds - y
    return -np.sum(y * np.log(y_preds) + (1 - y) * np.log(y_preds)) / m
