"""The bias is one more weight: the inputs of each layer get a column of ones."""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    inputs = np.c_[np.ones(len(x)), x]
    w = np.r_[b, ws]
    for epoch in range(epochs):
        A = logistic(inputs @ w)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cross_entropy(A, y))
        w = w - lrate * inputs.T @ cross_entropy(A, y, deriv=True) / len(y)
    return w[1:], w[0], logistic(inputs @ w)


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    def with_ones(a):
        return np.hstack([a, np.ones((len(a), 1))])

    v1, v2 = np.vstack([ws[0], bs[0]]), np.vstack([ws[1], bs[1]])
    for epoch in range(epochs):
        Z1 = with_ones(x) @ v1
        A1 = act_fs[0](Z1)
        Z2 = with_ones(A1) @ v2
        A2 = act_fs[1](Z2)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(A2, y))
        d2 = cost_f(A2, y, deriv=True)
        if cost_f is not cross_entropy:
            d2 = d2 * act_fs[1](Z2, deriv=True)
        d1 = (d2 @ v2.T)[:, :-1] * act_fs[0](Z1, deriv=True)
        v1 = v1 - lrate * with_ones(x).T @ d1 / len(x)
        v2 = v2 - lrate * with_ones(A1).T @ d2 / len(x)
    ws, bs = [v1[:-1], v2[:-1]], [v1[-1:], v2[-1:]]
    Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Z1, A1, Z2, A2


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    vs = [np.concatenate((w, b)) for w, b in zip(ws, bs)]
    for epoch in range(epochs):
        Zs, As = forward_pass(x, [v[:-1] for v in vs], [v[-1:] for v in vs], act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(As[-1], y))
        inputs = [np.concatenate((a, np.ones((len(x), 1))), axis=1) for a in [x] + As[:-1]]
        delta = cost_f(As[-1], y, deriv=True)
        if cost_f is not cross_entropy:
            delta = delta * act_fs[-1](Zs[-1], deriv=True)
        for k in range(len(vs) - 1, -1, -1):
            step = lrate * inputs[k].T @ delta / len(x)
            if k:
                delta = delta @ vs[k][:-1].T * act_fs[k - 1](Zs[k - 1], deriv=True)
            vs[k] = vs[k] - step
    ws, bs = [v[:-1] for v in vs], [v[-1:] for v in vs]
    return (ws, bs, *forward_pass(x, ws, bs, act_fs))
