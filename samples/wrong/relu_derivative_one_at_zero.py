"""relu: the derivative at x = 0 is 1 instead of 0.

loses: test_relu_derivative
told: zero|at 0|x *==? *0|>=|= 0
"""

# %% relu
def relu(x, deriv=False):
    if deriv:
        return np.where(x >= 0, 1.0, 0.0) if np.ndim(x) else float(x >= 0)
    return np.maximum(0, x)
