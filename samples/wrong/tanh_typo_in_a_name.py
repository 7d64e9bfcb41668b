"""tanh: the value is kept in `t`, but `tan_x` is returned.

loses: test_tanh_value
may lose: test_hidden_layer_network test_deep_network test_backprop_step test_backprop_epochs test_forward_pass test_deep_forward_pass test_deep_backprop_step test_deep_backprop_epochs
told: NameError|not defined|tan_x|name
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return 1 - t**2
    return tan_x
