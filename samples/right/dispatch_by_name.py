"""backprop looks at the name of the cost function to know whether the output's derivative is in it already."""

# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    (w1, w2), (b1, b2) = ws, bs
    for epoch in range(epochs):
        Z1, A1, Z2, A2 = forward_pass(x, [w1, w2], [b1, b2], act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print(cost_f.__name__, cost_f(A2, y))
        if cost_f.__name__ == "cross_entropy":
            dZ2 = A2 - y
        elif cost_f.__name__ == "mean_squared_error":
            dZ2 = 2 * (A2 - y) * act_fs[1](Z2, deriv=True)
        else:
            raise ValueError(f"unknown cost function {cost_f.__name__}")
        dZ1 = (dZ2 @ w2.T) * act_fs[0](Z1, deriv=True)
        w2 = w2 - lrate * (A1.T @ dZ2) / len(x)
        b2 = b2 - lrate * dZ2.mean(axis=0).reshape(1, -1)
        w1 = w1 - lrate * (x.T @ dZ1) / len(x)
        b1 = b1 - lrate * dZ1.mean(axis=0).reshape(1, -1)
    return ([w1, w2], [b1, b2]) + tuple(forward_pass(x, [w1, w2], [b1, b2], act_fs))


# %% deep_backprop
OUTPUT_DERIVATIVE_INCLUDED = {"cross_entropy": True, "mean_squared_error": False}


def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    layers = len(ws)
    for epoch in range(epochs):
        Zs, As = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print(cost_f.__name__, cost_f(As[-1], y))
        dZs = {layers - 1: cost_f(As[-1], y, deriv=True)}
        if not OUTPUT_DERIVATIVE_INCLUDED[cost_f.__name__]:
            dZs[layers - 1] = dZs[layers - 1] * act_fs[-1](Zs[-1], deriv=True)
        for k in range(layers - 2, -1, -1):
            dZs[k] = (dZs[k + 1] @ ws[k + 1].T) * act_fs[k](Zs[k], deriv=True)
        ws = [ws[k] - lrate * ((x if k == 0 else As[k - 1]).T @ dZs[k]) / len(x) for k in range(layers)]
        bs = [bs[k] - lrate * dZs[k].mean(axis=0).reshape(1, -1) for k in range(layers)]
    Zs, As = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Zs, As
