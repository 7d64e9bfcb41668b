"""gradient_descent: the returned prediction is rounded to 0 and 1.

loses: test_gradient_descent_epochs
told: round|threshold|0 (and|or) 1|probabilit
"""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    m = len(x)
    A = logistic(x @ ws + b)
    for epoch in range(epochs):
        # forward
        Z = x @ ws + b
        A = logistic(Z)
        if epoch % max(1, epochs // 10) == 0:
            print("epoch", epoch, "cost", cross_entropy(A, y))
        # backward
        dZ = cross_entropy(A, y, deriv=True)
        dws = x.T @ dZ / m
        db = np.sum(dZ) / m
        # update
        ws = ws - lrate * dws
        b = b - lrate * db
    return ws, b, (A > 0.5).astype(float)
