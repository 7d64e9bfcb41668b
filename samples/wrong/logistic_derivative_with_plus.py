"""logistic: the derivative is s (1 + s), a sign is wrong.

loses: test_logistic_derivative
may lose: test_logistic_regression test_hidden_layer_network test_deep_network
told: sign|plus|minus|1 *[+]|1 *- 
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(-x))
    if deriv:
        return s * (1 + s)
    return s
