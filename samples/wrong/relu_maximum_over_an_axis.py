"""relu: np.max(x, 0) is the maximum along axis 0, not the elementwise maximum with 0.

loses: test_relu_value
also loses: test_deep_network
told: shape|np[.]max|maximum|axis|element
"""

# %% relu
def relu(x, deriv=False):
    if deriv:
        return np.where(np.asarray(x) > 0, 1.0, 0.0)
    return np.max(x, 0)
