"""tanh: the derivative has the wrong sign, tanh^2 - 1.

loses: test_tanh_derivative
may lose: test_hidden_layer_network test_deep_network
told: sign|negative|minus|order
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return t**2 - 1
    return t
