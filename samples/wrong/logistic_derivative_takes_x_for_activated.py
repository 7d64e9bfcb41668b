"""logistic: the derivative is x (1 - x), as if x had been through the logistic already.

loses: test_logistic_derivative
also loses: test_deep_network
told: already|x *[*]? *[(]1|activat|logistic of x|argument|instead of s|of x itself
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(-x))
    if deriv:
        return x * (1 - x)
    return s
