"""Both forward passes are done, both backprops are missing.

loses: test_backprop_step test_backprop_epochs test_hidden_layer_network test_deep_backprop_step test_deep_backprop_epochs test_deep_network
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


# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], []
    A = x
    for l in range(len(ws)):
        Z = A @ ws[l] + bs[l]
        A = act_fs[l](Z)
        Zs.append(Z)
        As.append(A)
    return Zs, As
