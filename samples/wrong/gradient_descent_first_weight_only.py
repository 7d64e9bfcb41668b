"""gradient_descent: only the first weight is updated.

loses: test_gradient_descent_step test_gradient_descent_epochs
told: of [0-9]+|weight|value|only|first|element
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
        ws = np.concatenate(([ws[0] - lrate * dws[0]], ws[1:]))
        b = b - lrate * db
    return ws, b, A
