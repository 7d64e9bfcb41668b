"""cross_entropy: labels and predictions are swapped, log(0) makes the cost infinite or nan.

loses: test_cross_entropy_value
told: swap|exchang|finite|inf|nan|wrong way round|log[(]0|order
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    if deriv:
        return y_preds - y
    return -np.mean(y_preds * np.log(y) + (1 - y_preds) * np.log(1 - y))
