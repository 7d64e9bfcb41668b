"""gradient_descent: works on the global X instead of its argument x.

loses: test_gradient_descent_step test_gradient_descent_epochs
told: global|argument|X|shape|raise|error
"""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    m = len(X)
    A = logistic(X @ ws + b)
    for epoch in range(epochs):
        # forward
        Z = X @ ws + b
        A = logistic(Z)
        if epoch % max(1, epochs // 10) == 0:
            print("epoch", epoch, "cost", cross_entropy(A, y))
        # backward
        dZ = cross_entropy(A, y, deriv=True)
        dws = X.T @ dZ / m
        db = np.sum(dZ) / m
        # update
        ws = ws - lrate * dws
        b = b - lrate * db
    return ws, b, A
