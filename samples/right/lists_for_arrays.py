"""Plain lists are returned everywhere; arrays are made only where the arithmetic needs them."""

# %% logistic
def logistic(x, deriv=False):
    s = 1 / (1 + np.exp(-np.asarray(x, dtype=float)))
    if deriv:
        return (s * (1 - s)).tolist()
    return s.tolist()


# %% tanh
def tanh(x, deriv=False):
    t = np.tanh(np.asarray(x, dtype=float))
    if deriv:
        return (1 - t**2).tolist()
    return t.tolist()


# %% relu
def relu(x, deriv=False):
    x = np.asarray(x, dtype=float)
    if deriv:
        return np.where(x > 0, 1.0, 0.0).tolist()
    return np.where(x > 0, x, 0.0).tolist()


# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    p, t = np.asarray(y_preds), np.asarray(y)
    if deriv:
        return (p - t).tolist()
    return float(-np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)))


# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    p, t = np.asarray(y_preds), np.asarray(y)
    if deriv:
        return (2 * (p - t)).tolist()
    return float(np.mean((p - t) ** 2))


# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    ws = list(ws)
    pred = logistic(x.dot(ws) + b)
    for epoch in range(epochs):
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cross_entropy(pred, y))
        err = cross_entropy(pred, y, deriv=True)
        grads = [sum(e * row[j] for e, row in zip(err, x)) / len(err) for j in range(len(ws))]
        ws = [w - lrate * g for w, g in zip(ws, grads)]
        b = b - lrate * sum(err) / len(err)
        pred = logistic(x.dot(ws) + b)
    return ws, b, pred


# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    Z1 = np.dot(x, ws[0]) + bs[0]
    A1 = act_fs[0](Z1)
    Z2 = np.dot(A1, ws[1]) + bs[1]
    A2 = act_fs[1](Z2)
    return [np.asarray(r).tolist() for r in (Z1, A1, Z2, A2)]


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    ws = [np.array(w) for w in ws]
    bs = [np.array(b) for b in bs]
    for epoch in range(epochs):
        Z1, A1, Z2, A2 = (np.array(r) for r in forward_pass(x, ws, bs, act_fs))
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(A2, y))
        d2 = np.array(cost_f(A2, y, deriv=True))
        if cost_f == mean_squared_error:
            d2 = d2 * np.array(act_fs[1](Z2, deriv=True))
        d1 = (d2 @ ws[1].T) * np.array(act_fs[0](Z1, deriv=True))
        ws = [ws[0] - lrate * (x.T @ d1) / len(x), ws[1] - lrate * (A1.T @ d2) / len(x)]
        bs = [
            bs[0] - lrate * d1.mean(axis=0, keepdims=True),
            bs[1] - lrate * d2.mean(axis=0, keepdims=True),
        ]
    Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    return [w.tolist() for w in ws], [b.tolist() for b in bs], Z1, A1, Z2, A2


# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], []
    a = x
    for w, b, f in zip(ws, bs, act_fs):
        z = np.dot(a, w) + b
        a = np.asarray(f(z))
        Zs.append(z.tolist())
        As.append(a.tolist())
    return Zs, As


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    ws = [np.array(w) for w in ws]
    bs = [np.array(b) for b in bs]
    for epoch in range(epochs):
        Zs, As = forward_pass(x, ws, bs, act_fs)
        Zs = [np.array(z) for z in Zs]
        As = [np.array(a) for a in As]
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(As[-1], y))
        delta = np.array(cost_f(As[-1], y, deriv=True))
        if cost_f == mean_squared_error:
            delta = delta * np.array(act_fs[-1](Zs[-1], deriv=True))
        for k in reversed(range(len(ws))):
            inputs = As[k - 1] if k > 0 else x
            w_grad = inputs.T @ delta / len(x)
            b_grad = delta.mean(axis=0, keepdims=True)
            if k > 0:
                delta = (delta @ ws[k].T) * np.array(act_fs[k - 1](Zs[k - 1], deriv=True))
            ws[k] = ws[k] - lrate * w_grad
            bs[k] = bs[k] - lrate * b_grad
    Zs, As = forward_pass(x, ws, bs, act_fs)
    return [w.tolist() for w in ws], [b.tolist() for b in bs], Zs, As
