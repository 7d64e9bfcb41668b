"""tanh: a parenthesis is not closed, so Python cannot read the cell.

loses: test_tanh_value test_tanh_derivative
also loses: test_deep_network test_hidden_layer_network
told: syntax|parse|not defined|never closed|NameError|cannot read
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)
    if deriv:
        return 1 - t**2
    return t
