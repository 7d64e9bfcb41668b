"""gradient_descent: y as a column against predictions as a row blows up to (m, m).

loses: test_gradient_descent_step test_gradient_descent_epochs
also loses: test_logistic_regression
told: shape|m, *m|broadcast|blew|blow
"""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    m = len(x)
    y = y.reshape((m, 1))
    A = logistic(x @ ws + b)
    for epoch in range(epochs):
        # forward
        Z = x @ ws + b
        A = logistic(Z)
        if epoch % max(1, epochs // 10) == 0:
            print("epoch", epoch, "cost", cross_entropy(A, y))
        # backward
        dZ = cross_entropy(A, y, deriv=True)
        dws = np.mean(x.T @ dZ / m, axis=1)
        db = np.sum(dZ) / m
        # update
        ws = ws - lrate * dws
        b = b - lrate * db
    return ws, b, A
