"""gradient_descent: for epochs=0 the prediction is never assigned.

loses: test_gradient_descent_epochs
told: UnboundLocal|epochs *= *0|zero epoch|0 epochs|no epoch|local variable|assigned
"""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    m = len(x)
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
    return ws, b, A
