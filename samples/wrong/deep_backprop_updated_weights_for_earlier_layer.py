"""backprop (any depth): a layer's weights are updated before they carry the error back to the earlier layer.

loses: test_deep_backprop_step test_deep_backprop_epochs
told: updated|already|new weight|before|old weight|order
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
        if cost_f is not cross_entropy:
            delta = delta * act_fs[-1](Zs[-1], deriv=True)
        for l in range(len(ws) - 1, -1, -1):
            inputs = As[l - 1] if l > 0 else x
            ws[l] = ws[l] - lrate * inputs.T @ delta / m
            bs[l] = bs[l] - lrate * np.sum(delta, axis=0, keepdims=True) / m
            if l > 0:
                delta = (delta @ ws[l].T) * act_fs[l - 1](Zs[l - 1], deriv=True)
    return ws, bs, Zs, As
