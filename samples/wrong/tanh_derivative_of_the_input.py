"""tanh: the derivative is 1 - x^2, tanh itself was forgotten.

loses: test_tanh_derivative
also loses: test_deep_network test_hidden_layer_network
told: x *[*][*] *2|x squared|x²|x[*^]2|already|activat|argument|x itself|tanh of x|tanh itself|of the input|x instead
"""

# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return 1 - x**2
    return t
