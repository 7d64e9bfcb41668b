"""Only the three activations are done.

loses: test_cross_entropy_value test_cross_entropy_derivative test_mean_squared_error_value test_mean_squared_error_derivative test_gradient_descent_step test_gradient_descent_epochs test_logistic_regression test_forward_pass test_backprop_step test_backprop_epochs test_hidden_layer_network test_deep_forward_pass test_deep_backprop_step test_deep_backprop_epochs test_deep_network
told: implement
base: release
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(-x))
    if deriv:
        return s * (1 - s)
    return s


# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return 1 - t**2
    return t


# %% relu
def relu(x, deriv=False):
    if deriv:
        return np.where(np.asarray(x) > 0, 1.0, 0.0)
    return np.maximum(0, x)
