"""relu: `if x > 0` works for one number only, an array raises a ValueError.

loses: test_relu_value test_relu_derivative
may lose: test_deep_network test_backprop_step test_backprop_epochs test_forward_pass test_deep_forward_pass test_deep_backprop_step test_deep_backprop_epochs
told: ValueError|ambiguous|array|raise|error|np[.]where|if x
"""

# %% relu
def relu(x, deriv=False):
    if deriv:
        if x > 0:
            return 1.0
        return 0.0
    if x > 0:
        return x
    return 0.0
