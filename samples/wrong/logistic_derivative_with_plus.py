"""logistic: the derivative is s (1 + s), a sign is wrong.

loses: test_logistic_derivative
told: sign|plus|minus|1 *[+]|1 *- 
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(-x))
    if deriv:
        return s * (1 + s)
    return s
