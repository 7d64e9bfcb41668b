"""tanh: a parenthesis is not closed, so Python cannot read the cell.

loses: test_tanh_value test_tanh_derivative
may lose: test_hidden_layer_network test_deep_network test_backprop_step test_backprop_epochs test_forward_pass test_deep_forward_pass test_deep_backprop_step test_deep_backprop_epochs
told: syntax|parse|not defined|never closed|NameError|cannot read
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)
    if deriv:
        return 1 - t**2
    return t
