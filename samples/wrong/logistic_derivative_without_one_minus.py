"""logistic: the derivative is s^2, the factor (1 - s) became s.

loses: test_logistic_derivative
told: 1 *-|square|factor
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(-x))
    if deriv:
        return s * s
    return s
