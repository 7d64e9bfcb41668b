"""tanh: the derivative is t (1 - t), which is the logistic's formula.

loses: test_tanh_derivative
also loses: test_deep_network test_hidden_layer_network
told: logistic|sigmoid|t *[(*]
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return t * (1 - t)
    return t
