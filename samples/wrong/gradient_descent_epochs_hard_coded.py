"""gradient_descent: always runs 500 epochs.

loses: test_gradient_descent_step test_gradient_descent_epochs
told: epoch|500|hard|too many
"""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    m = len(x)
    A = logistic(x @ ws + b)
    for epoch in range(500):
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
    return ws, b, A
