"""tanh: the square is missing in the derivative.

loses: test_tanh_derivative
also loses: test_deep_network test_hidden_layer_network
told: square
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return 1 - t
    return t
