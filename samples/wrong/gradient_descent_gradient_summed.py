"""gradient_descent: the gradients are summed over the examples, not averaged.

loses: test_gradient_descent_step test_gradient_descent_epochs
also loses: test_logistic_regression
told: mean|average|sum|1 */ *m|factor|divi
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
        dws = x.T @ dZ
        db = np.sum(dZ)
        # update
        ws = ws - lrate * dws
        b = b - lrate * db
    return ws, b, A
