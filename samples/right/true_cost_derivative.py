"""cross_entropy's derivative is the true dC/dA, so every chain also has the output activation's derivative."""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    if deriv:
        return (y_preds - y) / (y_preds * (1 - y_preds))
    return -np.mean(y * np.log(y_preds) + (1 - y) * np.log(1 - y_preds))


# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    for epoch in range(epochs):
        Z = x @ ws + b
        A = logistic(Z)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cross_entropy(A, y))
        dC_dA = cross_entropy(A, y, deriv=True)
        dA_dZ = logistic(Z, deriv=True)
        dC_dZ = dC_dA * dA_dZ
        ws = ws - lrate * x.T @ dC_dZ / len(x)
        b = b - lrate * np.mean(dC_dZ)
    return ws, b, logistic(x @ ws + b)


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    for epoch in range(epochs):
        Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(A2, y))
        dZ2 = cost_f(A2, y, deriv=True) * act_fs[1](Z2, deriv=True)
        dZ1 = dZ2 @ ws[1].T * act_fs[0](Z1, deriv=True)
        ws = [ws[0] - lrate * x.T @ dZ1 / len(x), ws[1] - lrate * A1.T @ dZ2 / len(x)]
        bs = [bs[0] - lrate * dZ1.mean(0, keepdims=True), bs[1] - lrate * dZ2.mean(0, keepdims=True)]
    Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Z1, A1, Z2, A2


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    for epoch in range(epochs):
        Zs, As = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(As[-1], y))
        dA = cost_f(As[-1], y, deriv=True)
        new_ws, new_bs = [], []
        for w, b, act_f, Z, inputs in reversed(list(zip(ws, bs, act_fs, Zs, [x] + As[:-1]))):
            dZ = dA * act_f(Z, deriv=True)
            new_ws.insert(0, w - lrate * inputs.T @ dZ / len(x))
            new_bs.insert(0, b - lrate * dZ.mean(axis=0, keepdims=True))
            dA = dZ @ w.T
        ws, bs = new_ws, new_bs
    Zs, As = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Zs, As
