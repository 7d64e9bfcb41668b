"""Both functions of part 5 walk through the layers by recursion."""

# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    if len(ws) == 0:
        return [], []
    Z = x @ ws[0] + bs[0]
    A = act_fs[0](Z)
    Zs, As = forward_pass(A, ws[1:], bs[1:], act_fs[1:])
    return [Z] + Zs, [A] + As


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    def learn(inputs, ws, bs, act_fs):
        """Returns new weights, new biases and dC/d(inputs), for this layer and all behind it."""
        Z = inputs @ ws[0] + bs[0]
        A = act_fs[0](Z)
        if len(ws) == 1:
            new_ws, new_bs = [], []
            delta = cost_f(A, y, deriv=True)
            if cost_f is not cross_entropy:
                delta = delta * act_fs[0](Z, True)
        else:
            new_ws, new_bs, dA = learn(A, ws[1:], bs[1:], act_fs[1:])
            delta = dA * act_fs[0](Z, True)
        w = ws[0] - lrate * inputs.T @ delta / len(x)
        b = bs[0] - lrate * np.mean(delta, axis=0, keepdims=True)
        return [w] + new_ws, [b] + new_bs, delta @ ws[0].T

    for epoch in range(epochs):
        if epoch % max(1, epochs // 10) == 0:
            print(cost_f(forward_pass(x, ws, bs, act_fs)[1][-1], y))
        ws, bs, _ = learn(x, ws, bs, act_fs)
    Zs, As = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Zs, As
