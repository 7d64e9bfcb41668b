"""logistic: the parentheses around the denominator are missing, 1 / 1 + e^-x.

loses: test_logistic_value
may lose: test_logistic_regression test_hidden_layer_network test_deep_network test_logistic_derivative test_gradient_descent_step test_gradient_descent_epochs test_backprop_step test_backprop_epochs test_deep_backprop_step test_deep_backprop_epochs
told: parenthes|bracket|denominator|1 *[+] *e
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / 1 + np.exp(-x)
    if deriv:
        return s * (1 - s)
    return s
