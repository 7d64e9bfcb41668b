"""gradient_descent works with columns inside: y is reshaped, and the prediction comes back as (m, 1)."""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    targets = y.reshape(-1, 1)
    w = ws.reshape(-1, 1)
    m = len(x)
    y_pred = logistic(x @ w + b)
    for epoch in range(epochs):
        y_pred = logistic(x @ w + b)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cross_entropy(y_pred, targets))
        dZ = cross_entropy(y_pred, targets, deriv=True)
        w = w - lrate / m * (x.T @ dZ)
        b = b - lrate / m * dZ.sum()
    return w.flatten(), b, y_pred
