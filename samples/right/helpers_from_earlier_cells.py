"""Small helpers are defined in one cell and used again in later ones."""

# %% logistic
def times_one_minus(s):
    return s * (1 - s)


def logistic(x, deriv=False):
    s = (1 + np.exp(-x)) ** -1
    return times_one_minus(s) if deriv else s


# %% gradient_descent
def linear(x, w, b):
    return x @ w + b


def report(epoch, epochs, cost):
    if epoch % max(1, epochs // 10) == 0:
        print(f"{epoch / epochs:4.0%} done, cost {cost}")


def gradients(inputs, delta):
    """Of the weights and the bias of one layer, averaged over the examples."""
    return inputs.T @ delta / len(inputs), delta.mean(axis=0, keepdims=delta.ndim > 1)


def gradient_descent(x, y, ws, b, lrate, epochs):
    for epoch in range(epochs):
        A = logistic(linear(x, ws, b))
        report(epoch, epochs, cross_entropy(A, y))
        dws, db = gradients(x, cross_entropy(A, y, deriv=True))
        ws, b = ws - lrate * dws, b - lrate * db
    return ws, b, logistic(linear(x, ws, b))


# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    Z1 = linear(x, ws[0], bs[0])
    A1 = act_fs[0](Z1)
    Z2 = linear(A1, ws[1], bs[1])
    return Z1, A1, Z2, act_fs[1](Z2)


# %% backprop
def output_delta(Z, A, y, act_f, cost_f):
    delta = cost_f(A, y, deriv=True)
    return delta if cost_f is cross_entropy else delta * act_f(Z, deriv=True)


def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    for epoch in range(epochs):
        Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
        report(epoch, epochs, cost_f(A2, y))
        delta2 = output_delta(Z2, A2, y, act_fs[1], cost_f)
        delta1 = delta2 @ ws[1].T * act_fs[0](Z1, deriv=True)
        dw1, db1 = gradients(x, delta1)
        dw2, db2 = gradients(A1, delta2)
        ws = [ws[0] - lrate * dw1, ws[1] - lrate * dw2]
        bs = [bs[0] - lrate * db1, bs[1] - lrate * db2]
    return (ws, bs) + forward_pass(x, ws, bs, act_fs)


# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], []
    for w, b, act_f in zip(ws, bs, act_fs):
        Zs.append(linear(x, w, b))
        As.append(act_f(Zs[-1]))
        x = As[-1]
    return Zs, As


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    for epoch in range(epochs):
        Zs, As = forward_pass(x, ws, bs, act_fs)
        report(epoch, epochs, cost_f(As[-1], y))
        deltas = [output_delta(Zs[-1], As[-1], y, act_fs[-1], cost_f)]
        for w, Z, act_f in list(zip(ws[1:], Zs, act_fs))[::-1]:
            deltas.append(deltas[-1] @ w.T * act_f(Z, deriv=True))
        grads = [gradients(inputs, delta) for inputs, delta in zip([x, *As], deltas[::-1])]
        ws = [w - lrate * dw for w, (dw, _) in zip(ws, grads)]
        bs = [b - lrate * db for b, (_, db) in zip(bs, grads)]
    return (ws, bs, *forward_pass(x, ws, bs, act_fs))
