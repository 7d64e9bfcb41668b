"""The activations are written for one number and spread over arrays by np.vectorize."""

# %% logistic
import math


def logistic_of_number(x):
    return 1.0 / (1.0 + math.exp(-x))


def logistic_slope_of_number(x):
    return logistic_of_number(x) * (1.0 - logistic_of_number(x))


def logistic(x, deriv=False):
    f = logistic_slope_of_number if deriv else logistic_of_number
    return np.vectorize(f, otypes=[float])(x)


# %% tanh
def tanh(x, deriv=False):
    if deriv:
        return np.vectorize(lambda v: 1.0 - math.tanh(v) ** 2, otypes=[float])(x)
    return np.vectorize(math.tanh, otypes=[float])(x)


# %% relu
@np.vectorize
def relu_value(v):
    return v if v > 0 else 0.0


@np.vectorize
def relu_slope(v):
    return 0.0 if v <= 0 else 1.0


def relu(x, deriv=False):
    x = np.asarray(x, dtype=float)
    return relu_slope(x) if deriv else relu_value(x)
