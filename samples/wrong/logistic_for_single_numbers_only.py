"""logistic: math.exp is used, which fails for arrays.

loses: test_logistic_value test_logistic_derivative
also loses: test_backprop_epochs test_backprop_step test_deep_backprop_epochs test_deep_backprop_step test_deep_network test_gradient_descent_epochs test_gradient_descent_step test_hidden_layer_network test_logistic_regression
told: array|math|TypeError|raise|error|np[.]exp|scalar
"""

# %% logistic
import math


def logistic(x, deriv=False):
    s = 1 / (1 + math.exp(-x))
    if deriv:
        return s * (1 - s)
    return s
