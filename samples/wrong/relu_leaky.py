"""relu: it is a leaky relu with slope 0.01 for negative x.

loses: test_relu_value test_relu_derivative
told: leaky|0[.]01|negative
"""

# %% relu
def relu(x, deriv=False):
    x = np.asarray(x, dtype=float)
    if deriv:
        return np.where(x > 0, 1.0, 0.01)
    return np.where(x > 0, x, 0.01 * x)
