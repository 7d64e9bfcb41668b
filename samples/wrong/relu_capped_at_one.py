"""relu: everything above 1 is cut off.

loses: test_relu_value
also loses: test_deep_network
told: above 1|capp|clip|cut|limit|larger than 1|greater than 1|at 1|at most 1
"""

# %% relu
def relu(x, deriv=False):
    if deriv:
        return np.where(np.asarray(x) > 0, 1.0, 0.0)
    return np.clip(x, 0, 1)
