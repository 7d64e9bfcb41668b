"""All sums are written with np.einsum."""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    if deriv:
        return y_preds - y
    p, t = np.ravel(y_preds), np.ravel(y)
    return -(np.einsum("i,i", t, np.log(p)) + np.einsum("i,i", 1 - t, np.log(1 - p))) / t.size


# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    Z = np.einsum("ij,j->i", x, ws) + b
    for epoch in range(epochs):
        Z = np.einsum("ij,j->i", x, ws) + b
        A = logistic(Z)
        if epoch % max(1, epochs // 10) == 0:
            print(f"epoch {epoch}: cost {cross_entropy(A, y)}")
        dZ = A - y
        ws = ws - lrate * np.einsum("i,ij->j", dZ, x) / len(x)
        b = b - lrate * np.einsum("i->", dZ) / len(x)
    return ws, b, logistic(np.einsum("ij,j->i", x, ws) + b)


# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    Z1 = np.einsum("mi,ij->mj", x, ws[0]) + bs[0]
    A1 = act_fs[0](Z1)
    Z2 = np.einsum("mi,ij->mj", A1, ws[1]) + bs[1]
    return Z1, A1, Z2, act_fs[1](Z2)


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    m = len(x)
    for epoch in range(epochs):
        Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print(f"epoch {epoch}: cost {cost_f(A2, y)}")
        d2 = cost_f(A2, y, deriv=True)
        if cost_f is not cross_entropy:
            d2 = np.einsum("mk,mk->mk", d2, act_fs[1](Z2, deriv=True))
        d1 = np.einsum("mk,jk,mj->mj", d2, ws[1], act_fs[0](Z1, deriv=True))
        ws = [
            ws[0] - lrate / m * np.einsum("mi,mj->ij", x, d1),
            ws[1] - lrate / m * np.einsum("mj,mk->jk", A1, d2),
        ]
        bs = [b - lrate / m * np.einsum("mk->k", d)[np.newaxis] for b, d in zip(bs, (d1, d2))]
    return (ws, bs, *forward_pass(x, ws, bs, act_fs))


# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], [x]
    for w, b, act_f in zip(ws, bs, act_fs):
        Zs.append(np.einsum("mi,ij->mj", As[-1], w, optimize=True) + b)
        As.append(act_f(Zs[-1]))
    return Zs, As[1:]


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    ws, bs = list(ws), list(bs)
    for epoch in range(epochs):
        Zs, As = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print(f"epoch {epoch}: cost {cost_f(As[-1], y)}")
        d = cost_f(As[-1], y, deriv=True)
        if cost_f is not cross_entropy:
            d = d * act_fs[-1](Zs[-1], deriv=True)
        deltas = [d]
        for layer in range(len(ws) - 2, -1, -1):
            back = np.einsum("mk,jk->mj", deltas[0], ws[layer + 1], optimize=True)
            deltas.insert(0, back * act_fs[layer](Zs[layer], deriv=True))
        for layer, (inputs, d) in enumerate(zip([x, *As[:-1]], deltas)):
            ws[layer] = ws[layer] - lrate * np.einsum("mi,mj->ij", inputs, d, optimize=True) / len(x)
            bs[layer] = bs[layer] - lrate * np.einsum("mj->j", d) / len(x)
    return (ws, bs, *forward_pass(x, ws, bs, act_fs))
