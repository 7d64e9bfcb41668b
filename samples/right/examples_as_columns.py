"""Inside, the examples are columns (w^T x + b, as many textbooks write it); results are turned back at the end."""

# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    Z1 = ws[0].T @ x.T + bs[0].T
    A1 = act_fs[0](Z1)
    Z2 = ws[1].T @ A1 + bs[1].T
    A2 = act_fs[1](Z2)
    return Z1.T, A1.T, Z2.T, A2.T


# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    m = x.shape[0]
    W1, W2 = ws[0].T, ws[1].T
    b1, b2 = bs[0].T, bs[1].T
    Z1, A1, Z2, A2 = forward_pass(x, [W1.T, W2.T], [b1.T, b2.T], act_fs)
    for epoch in range(epochs):
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(A2, y))
        dZ2 = cost_f(A2, y, deriv=True).T
        if cost_f is mean_squared_error:
            dZ2 = dZ2 * act_fs[1](Z2, deriv=True).T
        dZ1 = (W2.T @ dZ2) * act_fs[0](Z1, deriv=True).T
        W2 = W2 - lrate / m * dZ2 @ A1
        W1 = W1 - lrate / m * dZ1 @ x
        b2 = b2 - lrate * dZ2.mean(axis=1, keepdims=True)
        b1 = b1 - lrate * dZ1.mean(axis=1, keepdims=True)
        Z1, A1, Z2, A2 = forward_pass(x, [W1.T, W2.T], [b1.T, b2.T], act_fs)
    return [W1.T, W2.T], [b1.T, b2.T], Z1, A1, Z2, A2
