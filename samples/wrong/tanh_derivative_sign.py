"""tanh: the derivative has the wrong sign, tanh^2 - 1.

loses: test_tanh_derivative
also loses: test_deep_network test_hidden_layer_network
told: sign|negative|minus|order
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return t**2 - 1
    return t
