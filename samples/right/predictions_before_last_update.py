"""What is returned beside the weights belongs to the weights before the last update."""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    y_pred = logistic(x @ ws + b)
    for epoch in range(epochs):
        y_pred = logistic(x @ ws + b)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cross_entropy(y_pred, y))
        dZ = cross_entropy(y_pred, y, deriv=True)
        ws = ws - lrate * np.mean(dZ[:, None] * x, axis=0)
        b = b - lrate * np.mean(dZ)
    return ws, b, y_pred


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    m = x.shape[0]
    for epoch in range(epochs):
        Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(A2, y))
        dZ2 = cost_f(A2, y, deriv=True)
        if cost_f is not cross_entropy:
            dZ2 = dZ2 * act_fs[1](Z2, deriv=True)
        dA1 = np.dot(dZ2, ws[1].T)
        dZ1 = dA1 * act_fs[0](Z1, deriv=True)
        dw2, db2 = np.dot(A1.T, dZ2) / m, np.sum(dZ2, axis=0, keepdims=True) / m
        dw1, db1 = np.dot(x.T, dZ1) / m, np.sum(dZ1, axis=0, keepdims=True) / m
        ws = [ws[0] - lrate * dw1, ws[1] - lrate * dw2]
        bs = [bs[0] - lrate * db1, bs[1] - lrate * db2]
    return ws, bs, Z1, A1, Z2, A2


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    Zs, As = forward_pass(x, ws, bs, act_fs)
    m = x.shape[0]
    for epoch in range(epochs):
        Zs, As = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(As[-1], y))
        delta = cost_f(As[-1], y, deriv=True)
        if cost_f is not cross_entropy:
            delta = delta * act_fs[-1](Zs[-1], deriv=True)
        dws, dbs = [None] * len(ws), [None] * len(ws)
        for i in range(len(ws) - 1, -1, -1):
            dws[i] = np.dot((As[i - 1] if i else x).T, delta) / m
            dbs[i] = np.sum(delta, axis=0, keepdims=True) / m
            if i:
                delta = np.dot(delta, ws[i].T) * act_fs[i - 1](Zs[i - 1], deriv=True)
        ws = [w - lrate * dw for w, dw in zip(ws, dws)]
        bs = [b - lrate * db for b, db in zip(bs, dbs)]
    return ws, bs, Zs, As
