"""Type hints, long docstrings, assertions on the shapes, keyword-only calls."""

# %% mean_squared_error
def mean_squared_error(y_preds: np.ndarray, y: np.ndarray, deriv: bool = False) -> np.ndarray:
    """Mean squared error.

    Parameters
    ----------
    y_preds : predictions, one for each example
    y : labels, same shape
    deriv : whether to return the derivative instead of the cost

    Returns
    -------
    The cost, a number, or its derivative 2 (y_preds - y), one for each example.
    """
    assert np.shape(y_preds) == np.shape(y)
    if deriv:
        return 2.0 * (y_preds - y)
    return np.power(y_preds - y, 2).mean()


# %% forward_pass
def forward_pass(
    x: np.ndarray, ws: list[np.ndarray], bs: list[np.ndarray], act_fs: list
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Z1, A1, Z2, A2 of a network with one hidden layer."""
    assert len(ws) == len(bs) == len(act_fs) == 2
    Z1 = np.add(x @ ws[0], bs[0])
    A1 = act_fs[0](Z1)
    Z2 = np.add(A1 @ ws[1], bs[1])
    A2 = act_fs[1](Z2)
    assert A2.shape == (x.shape[0], ws[1].shape[1])
    return Z1, A1, Z2, A2


# %% backprop
def backprop(
    x: np.ndarray, y: np.ndarray, ws: list, bs: list, act_fs: list, cost_f, lrate: float, epochs: int
) -> tuple:
    """Train for `epochs` steps of gradient descent.

    The gradient is the mean over the m examples. With cross-entropy the derivative of the logistic output
    is part of the cost's derivative, with every other cost it is one more factor.
    """
    ws, bs = list(ws), list(bs)
    m: int = x.shape[0]
    for epoch in range(epochs):
        Z1, A1, Z2, A2 = forward_pass(x=x, ws=ws, bs=bs, act_fs=act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print(f"epoch {epoch:6d}  cost {float(cost_f(A2, y)):.6f}")
        if cost_f is cross_entropy:
            dZ2 = cost_f(A2, y, deriv=True)
        else:
            dZ2 = cost_f(A2, y, deriv=True) * act_fs[1](Z2, deriv=True)
        dZ1 = (dZ2 @ ws[1].T) * act_fs[0](Z1, deriv=True)
        assert dZ2.shape == Z2.shape and dZ1.shape == Z1.shape
        gradients = {"w2": A1.T @ dZ2 / m, "b2": dZ2.sum(0, keepdims=True) / m}
        gradients |= {"w1": x.T @ dZ1 / m, "b1": dZ1.sum(0, keepdims=True) / m}
        ws[0], ws[1] = ws[0] - lrate * gradients["w1"], ws[1] - lrate * gradients["w2"]
        bs[0], bs[1] = bs[0] - lrate * gradients["b1"], bs[1] - lrate * gradients["b2"]
    Z1, A1, Z2, A2 = forward_pass(x=x, ws=ws, bs=bs, act_fs=act_fs)
    return ws, bs, Z1, A1, Z2, A2
