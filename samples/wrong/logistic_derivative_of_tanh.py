"""logistic: the derivative is 1 - s^2, which is tanh's formula.

loses: test_logistic_derivative
told: tanh|square|1 *-
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(-x))
    if deriv:
        return 1 - s**2
    return s
