"""logistic: the parentheses around the denominator are missing, 1 / 1 + e^-x.

loses: test_logistic_value
also loses: test_backprop_epochs test_deep_network test_gradient_descent_epochs test_hidden_layer_network test_logistic_derivative test_logistic_regression
told: parenthes|bracket|denominator|1 *[+] *e
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / 1 + np.exp(-x)
    if deriv:
        return s * (1 - s)
    return s
