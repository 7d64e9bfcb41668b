"""relu: `if x > 0` works for one number only, an array raises a ValueError.

loses: test_relu_value test_relu_derivative
also loses: test_deep_network
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
