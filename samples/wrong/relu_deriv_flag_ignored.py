"""relu: deriv=True is ignored, the value is returned.

loses: test_relu_derivative
also loses: test_deep_network
told: deriv|value instead|itself
"""

# %% relu
def relu(x, deriv=False):
    return np.maximum(0, x)
