"""Functions inside functions: the derivative is looked up in a table of lambdas."""

# %% logistic
def logistic(x, deriv=False):
    f = lambda v: 1 / (1 + np.exp(-v))
    table = {False: f, True: lambda v: f(v) * f(-v)}
    return table[bool(deriv)](x)


# %% tanh
def tanh(x, deriv=False):
    return (lambda t: 1 - t**2 if deriv else t)(np.tanh(x))


# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    linear = lambda ws, b: x @ ws + b
    predict = lambda ws, b: logistic(linear(ws, b))

    def gradients(ws, b):
        dZ = cross_entropy(predict(ws, b), y, deriv=True)
        return dZ @ x / len(x), dZ.mean()

    def step(ws, b):
        dws, db = gradients(ws, b)
        return ws - lrate * dws, b - lrate * db

    for epoch in range(epochs):
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cross_entropy(predict(ws, b), y))
        ws, b = step(ws, b)
    return ws, b, predict(ws, b)


# %% deep_forward_pass
import functools


def forward_pass(x, ws, bs, act_fs):
    def layer(done, parts):
        (Zs, As), (w, b, act_f) = done, parts
        Z = (As[-1] if As else x) @ w + b
        return Zs + [Z], As + [act_f(Z)]

    return functools.reduce(layer, zip(ws, bs, act_fs), ([], []))
