"""The gradient of the weights is the mean of one outer product per example."""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    for epoch in range(epochs):
        A = logistic(x @ ws + b)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cross_entropy(A, y))
        per_example = [(A[i] - y[i]) * x[i] for i in range(len(x))]
        ws = ws - lrate * np.mean(per_example, axis=0)
        b = b - lrate * np.mean(A - y)
    return ws, b, logistic(x @ ws + b)


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    for epoch in range(epochs):
        Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(A2, y))
        d2 = cost_f(A2, y, deriv=True)
        if cost_f is not cross_entropy:
            d2 = d2 * act_fs[1](Z2, deriv=True)
        d1 = d2 @ ws[1].T * act_fs[0](Z1, deriv=True)
        dw1 = np.mean([np.outer(x[i], d1[i]) for i in range(len(x))], axis=0)
        dw2 = np.mean([np.outer(A1[i], d2[i]) for i in range(len(x))], axis=0)
        ws = [ws[0] - lrate * dw1, ws[1] - lrate * dw2]
        bs = [bs[0] - lrate * np.mean(d1, axis=0), bs[1] - lrate * np.mean(d2, axis=0)]
    Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Z1, A1, Z2, A2


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    for epoch in range(epochs):
        Zs, As = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(As[-1], y))
        d = cost_f(As[-1], y, deriv=True)
        if cost_f is not cross_entropy:
            d = d * act_fs[-1](Zs[-1], deriv=True)
        inputs = [x] + As
        w_grads, b_grads = [], []
        for k in range(len(ws) - 1, -1, -1):
            # sum over the examples of the outer products, as one product of tensors
            w_grads.append(np.tensordot(inputs[k], d, axes=(0, 0)) / len(x))
            b_grads.append(np.mean(d, axis=0, keepdims=True))
            if k > 0:
                d = np.inner(d, ws[k]) * act_fs[k - 1](Zs[k - 1], deriv=True)
        ws = [w - lrate * g for w, g in zip(ws, reversed(w_grads))]
        bs = [b - lrate * g for b, g in zip(bs, reversed(b_grads))]
    Zs, As = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Zs, As
