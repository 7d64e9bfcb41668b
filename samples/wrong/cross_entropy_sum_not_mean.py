"""cross_entropy: the sum over the examples is not divided by m.

loses: test_cross_entropy_value
told: mean|average|1 */ *m|divi|factor|sum
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return y_preds - y
    return -np.sum(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds))
