"""cross_entropy: divides by 25, however many examples there are.

loses: test_cross_entropy_value
told: 25|number of examples|hard|fixed|mean|m 
"""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = 25
    if deriv:
        return y_preds - y
    return -np.sum(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds)) / m
