"""tanh: the derivative is 1 + tanh^2.

loses: test_tanh_derivative
also loses: test_deep_network test_hidden_layer_network
told: plus|sign|minus|1 *[+]
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return 1 + t**2
    return t
