"""logistic: the derivative is taken at logistic(x) instead of x, so the logistic is applied twice.

loses: test_logistic_derivative
told: twice|already|argument|at s|logistic of (the )?logistic|activated
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(-x))
    if deriv:
        s2 = 1 / (1 + np.exp(-s))
        return s2 * (1 - s2)
    return s
