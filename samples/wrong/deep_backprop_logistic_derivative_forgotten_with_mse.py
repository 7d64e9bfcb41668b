"""backprop (any depth): with mean squared error the output's derivative is forgotten.

loses: test_deep_backprop_step test_deep_backprop_epochs
told: logistic|output|derivative|activation|mean.squared|MSE|sigmoid
"""

# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    m = len(x)
    ws, bs = list(ws), list(bs)
    Zs, As = forward_pass(x, ws, bs, act_fs)
    for epoch in range(epochs):
        # forward
        Zs, As = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("epoch", epoch, "cost", cost_f(As[-1], y))
        # backward
        delta = cost_f(As[-1], y, deriv=True)
        dws, dbs = [None] * len(ws), [None] * len(ws)
        for l in range(len(ws) - 1, -1, -1):
            inputs = As[l - 1] if l > 0 else x
            dws[l] = inputs.T @ delta / m
            dbs[l] = np.sum(delta, axis=0, keepdims=True) / m
            if l > 0:
                delta = (delta @ ws[l].T) * act_fs[l - 1](Zs[l - 1], deriv=True)
        # update
        for l in range(len(ws)):
            ws[l] = ws[l] - lrate * dws[l]
            bs[l] = bs[l] - lrate * dbs[l]
    return ws, bs, Zs, As
