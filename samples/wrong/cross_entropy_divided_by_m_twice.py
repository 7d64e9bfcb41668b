"""cross_entropy: the mean is divided by m once more.

loses: test_cross_entropy_value
told: twice|1 */ *m|factor|mean|average|once more|divi
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return y_preds - y
    return -np.mean(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds)) / m
