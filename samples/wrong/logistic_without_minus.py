"""logistic: the minus in the exponent is missing, 1 / (1 + e^x).

loses: test_logistic_value
also loses: test_deep_network test_hidden_layer_network test_logistic_regression
told: minus|sign|negative|-x|mirror
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(x))
    if deriv:
        return s * (1 - s)
    return s
