"""gradient_descent uses the formula worked out on paper, in one line and without any helper function."""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    m = x.shape[0]
    for epoch in range(epochs):
        y_hat = 1.0 / (1.0 + np.exp(-(x.dot(ws) + b)))
        if epoch % max(1, epochs // 10) == 0:
            print("cost", -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))
        ws, b = ws - lrate * x.T.dot(y_hat - y) / m, b - lrate * np.average(y_hat - y)
    return ws, b, 1.0 / (1.0 + np.exp(-(x.dot(ws) + b)))
