"""tanh: the value is kept in `t`, but `tan_x` is returned.

loses: test_tanh_value
also loses: test_deep_network test_hidden_layer_network
told: NameError|not defined|tan_x|name
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return 1 - t**2
    return tan_x
