"""tanh: the derivative is 1 + tanh^2.

loses: test_tanh_derivative
may lose: test_hidden_layer_network test_deep_network
told: plus|sign|minus|1 *[+]
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return 1 + t**2
    return t
