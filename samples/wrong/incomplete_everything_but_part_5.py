"""Everything but part 5 is done.

loses: test_deep_forward_pass test_deep_backprop_step test_deep_backprop_epochs test_deep_network
told: implement
base: release
"""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(-x))
    if deriv:
        return s * (1 - s)
    return s


# %% tanh
def tanh(x, deriv=False):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if deriv:
        return 1 - t**2
    return t


# %% relu
def relu(x, deriv=False):
    if deriv:
        return np.where(np.asarray(x) > 0, 1.0, 0.0)
    return np.maximum(0, x)


# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    m = len(y)
    if deriv:
        return y_preds - y
    return -np.sum(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds)) / m


# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    error = y_preds - y
    if deriv:
        return 2 * error
    return np.sum(error**2) / len(y)


# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    m = len(x)
    A = logistic(x @ ws + b)
    for epoch in range(epochs):
        # forward
        Z = x @ ws + b
        A = logistic(Z)
        if epoch % max(1, epochs // 10) == 0:
            print("epoch", epoch, "cost", cross_entropy(A, y))
        # backward
        dZ = cross_entropy(A, y, deriv=True)
        dws = x.T @ dZ / m
        db = np.sum(dZ) / m
        # update
        ws = ws - lrate * dws
        b = b - lrate * db
    return ws, b, A


# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    Z1 = x @ ws[0] + bs[0]
    A1 = act_fs[0](Z1)
    Z2 = A1 @ ws[1] + bs[1]
    A2 = act_fs[1](Z2)
    return Z1, A1, Z2, A2


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    m = len(x)
    w1, w2 = ws
    b1, b2 = bs
    Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    for epoch in range(epochs):
        # forward
        Z1, A1, Z2, A2 = forward_pass(x, [w1, w2], [b1, b2], act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("epoch", epoch, "cost", cost_f(A2, y))
        # backward
        dZ2 = cost_f(A2, y, deriv=True)
        if cost_f is not cross_entropy:
            dZ2 = dZ2 * act_fs[1](Z2, deriv=True)
        dA1 = dZ2 @ w2.T
        dZ1 = dA1 * act_fs[0](Z1, deriv=True)
        dw2 = A1.T @ dZ2 / m
        db2 = np.sum(dZ2, axis=0, keepdims=True) / m
        dw1 = x.T @ dZ1 / m
        db1 = np.sum(dZ1, axis=0, keepdims=True) / m
        # update
        w2 = w2 - lrate * dw2
        b2 = b2 - lrate * db2
        w1 = w1 - lrate * dw1
        b1 = b1 - lrate * db1
    return [w1, w2], [b1, b2], Z1, A1, Z2, A2
