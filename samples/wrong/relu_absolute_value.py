"""relu: the absolute value is returned.

loses: test_relu_value
also loses: test_deep_network
told: absolute|abs|negative
"""

# %% relu
def relu(x, deriv=False):
    if deriv:
        return np.where(np.asarray(x) > 0, 1.0, 0.0)
    return np.abs(x)
