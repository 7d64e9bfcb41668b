"""relu: minimum instead of maximum.

loses: test_relu_value
also loses: test_deep_network
told: smaller|minimum|negative
"""

# %% relu
def relu(x, deriv=False):
    if deriv:
        return 1.0 * (np.asarray(x) > 0)
    return np.minimum(0, x)
