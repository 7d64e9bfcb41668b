"""Weights and biases are changed in place, also those of the caller."""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    pred = logistic(x @ ws + b)
    for epoch in range(epochs):
        pred = logistic(x @ ws + b)
        if epoch % max(1, epochs // 10) == 0:
            print("cost:", cross_entropy(pred, y))
        error = cross_entropy(pred, y, deriv=True)
        ws -= lrate * (x.T @ error) / len(y)
        b -= lrate * error.mean()
    return ws, b, pred


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    for epoch in range(epochs):
        if epoch % max(1, epochs // 10) == 0:
            print("cost:", cost_f(A2, y))
        delta2 = cost_f(A2, y, deriv=True)
        if cost_f is mean_squared_error:
            delta2 *= act_fs[1](Z2, deriv=True)
        delta1 = delta2 @ ws[1].T
        delta1 *= act_fs[0](Z1, deriv=True)
        ws[1] -= lrate * A1.T @ delta2 / len(y)
        bs[1] -= lrate * delta2.mean(axis=0)
        ws[0] -= lrate * x.T @ delta1 / len(y)
        bs[0] -= lrate * delta1.mean(axis=0)
        Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Z1, A1, Z2, A2


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    Zs, As = forward_pass(x, ws, bs, act_fs)
    for epoch in range(epochs):
        if epoch % max(1, epochs // 10) == 0:
            print("cost:", cost_f(As[-1], y))
        delta = cost_f(As[-1], y, deriv=True)
        if cost_f is mean_squared_error:
            delta *= act_fs[-1](Zs[-1], deriv=True)
        for l in range(len(ws) - 1, -1, -1):
            before = x if l == 0 else As[l - 1]
            passed_on = delta @ ws[l].T
            ws[l] -= lrate * before.T @ delta / len(y)
            bs[l] -= lrate * delta.mean(axis=0)
            if l > 0:
                delta = passed_on * act_fs[l - 1](Zs[l - 1], deriv=True)
        Zs, As = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Zs, As
