"""backprop (one hidden layer): the hidden activation's derivative is taken at A1 instead of Z1.

loses: test_backprop_step test_backprop_epochs
also loses: test_hidden_layer_network
told: A1|Z1|argument|activated|derivative
"""

# %% backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    m = len(x)
    w1, w2 = ws
    b1, b2 = bs
    Z1, A1, Z2, A2 = forward_pass(x, ws, bs, act_fs)
    for epoch in range(epochs):
        # forward
        Z1, A1, Z2, A2 = forward_pass(x, [w1, w2], [b1, b2], act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("epoch", epoch, "cost", cost_f(A2, y))
        # backward
        dZ2 = cost_f(A2, y, deriv=True)
        if cost_f is not cross_entropy:
            dZ2 = dZ2 * act_fs[1](Z2, deriv=True)
        dA1 = dZ2 @ w2.T
        dZ1 = dA1 * act_fs[0](A1, deriv=True)
        dw2 = A1.T @ dZ2 / m
        db2 = np.sum(dZ2, axis=0, keepdims=True) / m
        dw1 = x.T @ dZ1 / m
        db1 = np.sum(dZ1, axis=0, keepdims=True) / m
        # update
        w2 = w2 - lrate * dw2
        b2 = b2 - lrate * db2
        w1 = w1 - lrate * dw1
        b1 = b1 - lrate * db1
    return [w1, w2], [b1, b2], Z1, A1, Z2, A2
