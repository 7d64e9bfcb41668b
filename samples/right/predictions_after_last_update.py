"""A last forward pass makes what is returned fit the new weights; the list of layers is built as tuples."""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    for epoch in range(epochs):
        error = logistic(x @ ws + b) - y
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cross_entropy(logistic(x @ ws + b), y))
        ws, b = ws - lrate * (error @ x) / len(x), b - lrate * error.sum() / len(x)
    return ws, b, logistic(x @ ws + b)


# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = (), ()
    for w, b, act_f in zip(ws, bs, act_fs):
        Zs += ((As[-1] if As else x) @ w + b,)
        As += (act_f(Zs[-1]),)
    return Zs, As


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    for epoch in range(epochs):
        Zs, As = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(As[-1], y))
        deltas = (cost_f(As[-1], y, deriv=True),)
        if cost_f is not cross_entropy:
            deltas = (deltas[0] * act_fs[-1](Zs[-1], deriv=True),)
        for w, Z, act_f in zip(ws[:0:-1], Zs[-2::-1], act_fs[-2::-1]):
            deltas = (deltas[0] @ w.T * act_f(Z, deriv=True), *deltas)
        inputs = (x, *As)
        ws = tuple(w - lrate * a.T @ d / len(x) for w, a, d in zip(ws, inputs, deltas))
        bs = tuple(b - lrate * d.mean(axis=0, keepdims=True) for b, d in zip(bs, deltas))
    Zs, As = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Zs, As
