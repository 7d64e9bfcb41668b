"""gradient_descent: new weights are computed from the first ones and never kept.

loses: test_gradient_descent_step test_gradient_descent_epochs test_logistic_regression
told: initial|not change|unchanged|update|old weight
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
        new_ws = ws - lrate * dws
        new_b = b - lrate * db
    print(new_ws, new_b) if epochs else None
    return ws, b, A
