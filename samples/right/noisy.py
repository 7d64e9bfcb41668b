"""Prints the cost in every epoch, warns, logs and writes to stderr; all numbers are right."""

# %% logistic
import logging
import sys
import warnings


def logistic(x, deriv=False):
    warnings.warn("logistic was called, exp may overflow for very negative numbers", stacklevel=2)
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s) if deriv else s


# %% relu
def relu(x, deriv=False):
    with np.errstate(divide="warn", invalid="warn"):
        np.float64(1.0) / np.float64(0.0)  # a RuntimeWarning, nothing else
    if deriv:
        return np.where(np.asarray(x) > 0, 1.0, 0.0)
    return np.maximum(0.0, x)


# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    print("start:", ws, b, file=sys.stderr)
    for epoch in range(epochs):
        A = logistic(x @ ws + b)
        print("epoch", epoch, "cost", cross_entropy(A, y))
        logging.warning("epoch %d", epoch)
        ws = ws - lrate * x.T @ (A - y) / len(x)
        b = b - lrate * np.mean(A - y)
    sys.stderr.write("done\n")
    return ws, b, logistic(x @ ws + b)


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    for epoch in range(epochs):
        Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
        print("epoch", epoch, "cost", cost_f(A2, y))
        if epoch % 1000 == 0:
            warnings.warn(f"still training, epoch {epoch}", RuntimeWarning, stacklevel=1)
        d2 = cost_f(A2, y, deriv=True)
        if cost_f is not cross_entropy:
            d2 = d2 * act_fs[1](Z2, deriv=True)
        d1 = d2 @ ws[1].T * act_fs[0](Z1, deriv=True)
        ws = [ws[0] - lrate * x.T @ d1 / len(x), ws[1] - lrate * A1.T @ d2 / len(x)]
        bs = [bs[0] - lrate * d1.mean(0, keepdims=True), bs[1] - lrate * d2.mean(0, keepdims=True)]
    Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    print("shapes:", Z1.shape, A1.shape, Z2.shape, A2.shape, file=sys.stderr)
    return ws, bs, Z1, A1, Z2, A2
