"""Weights, biases and data are copied first; nothing that belongs to the caller is ever changed."""

# %% gradient_descent
from copy import deepcopy


def gradient_descent(x, y, ws, b, lrate, epochs):
    x, y, ws, b = deepcopy((x, y, ws, b))
    for epoch in range(epochs):
        A = logistic(np.matmul(x, ws) + b)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cross_entropy(A, y))
        error = cross_entropy(A, y, deriv=True)
        for j in range(x.shape[1]):
            ws[j] -= lrate * np.mean(error * x[:, j])
        b -= lrate * np.mean(error)
    return ws, b, logistic(np.matmul(x, ws) + b)


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    ws, bs = deepcopy(ws), deepcopy(bs)
    for epoch in range(epochs):
        Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(A2, y))
        output_slope = 1 if cost_f is cross_entropy else act_fs[1](Z2, deriv=True)
        delta2 = cost_f(A2, y, deriv=True) * output_slope
        delta1 = np.matmul(delta2, ws[1].T) * act_fs[0](Z1, deriv=True)
        ws[1] -= lrate * np.matmul(A1.T, delta2) / len(x)
        ws[0] -= lrate * np.matmul(x.T, delta1) / len(x)
        bs[1] -= lrate * delta2.mean(axis=0, keepdims=True)
        bs[0] -= lrate * delta1.mean(axis=0, keepdims=True)
    Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Z1, A1, Z2, A2


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    ws, bs = deepcopy(ws), deepcopy(bs)
    for epoch in range(epochs):
        old_ws = deepcopy(ws)
        Zs, As = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(As[-1], y))
        output_slope = 1 if cost_f is cross_entropy else act_fs[-1](Zs[-1], deriv=True)
        delta = cost_f(As[-1], y, deriv=True) * output_slope
        for k in reversed(range(1, len(ws))):
            ws[k] -= lrate * np.matmul(As[k - 1].T, delta) / len(x)
            bs[k] -= lrate * delta.mean(axis=0, keepdims=True)
            delta = np.matmul(delta, old_ws[k].T) * act_fs[k - 1](Zs[k - 1], deriv=True)
        ws[0] -= lrate * np.matmul(x.T, delta) / len(x)
        bs[0] -= lrate * delta.mean(axis=0, keepdims=True)
    Zs, As = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Zs, As
