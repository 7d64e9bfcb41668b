"""tanh: e^-x - e^x in the numerator, so the sign of the value is wrong.

loses: test_tanh_value
also loses: test_deep_network test_hidden_layer_network
told: sign|minus|negative|order
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(-x) - np.exp(x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return 1 - t**2
    return t
