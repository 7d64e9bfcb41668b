"""logistic: the derivative is 1 - s^2, which is tanh's formula.

loses: test_logistic_derivative
may lose: test_logistic_regression test_hidden_layer_network test_deep_network
told: tanh|square|1 *-
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(-x))
    if deriv:
        return 1 - s**2
    return s
