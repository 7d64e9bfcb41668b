"""tanh: numerator and denominator are swapped, so it is 1 / tanh.

loses: test_tanh_value
also loses: test_deep_network test_hidden_layer_network test_tanh_derivative
told: exchanged|upside|reciprocal
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) + np.exp(-x)) / (np.exp(x) - np.exp(-x))
    if deriv:
        return 1 - t**2
    return t
