"""Everything by hand: loops over numbers and the math module; numpy only for the big layers of part 5."""

# %% logistic
import math


def logistic(x, deriv=False):
    if np.ndim(x) > 0:
        return np.array([logistic(element, deriv) for element in x])
    s = 1 / (1 + math.exp(-x))
    return s * (1 - s) if deriv else s


# %% tanh
def tanh(x, deriv=False):
    if np.ndim(x) == 2:
        return np.array([tanh(row, deriv) for row in x])
    if np.ndim(x) == 1:
        values = [math.tanh(element) for element in x]
        return np.array([1 - v * v for v in values] if deriv else values)
    t = math.tanh(x)
    return 1 - t * t if deriv else t


# %% relu
def relu(x, deriv=False):
    if np.ndim(x) == 2:
        return np.array([relu(row, deriv) for row in x])
    if np.ndim(x) == 1:
        if deriv:
            return np.array([1.0 if element > 0 else 0.0 for element in x.tolist()])
        return np.array([element if element > 0 else 0.0 for element in x.tolist()])
    if deriv:
        return 1.0 if x > 0 else 0.0
    return max(0.0, x)


# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    if deriv:
        errors = np.zeros(np.shape(y_preds))
        for i in range(len(y)):
            errors[i] = y_preds[i] - y[i]
        return errors
    total = 0.0
    for p, t in zip(np.ravel(y_preds), np.ravel(y)):
        total += t * math.log(p) + (1 - t) * math.log(1 - p)
    return -total / len(y)


# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    if deriv:
        errors = np.zeros(np.shape(y_preds))
        for i in range(len(y)):
            errors[i] = 2 * (y_preds[i] - y[i])
        return errors
    total = 0.0
    for p, t in zip(np.ravel(y_preds), np.ravel(y)):
        total += (t - p) ** 2
    return total / len(y)


# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    def predict(example):
        z = b
        for value, weight in zip(example, ws):
            z += value * weight
        return logistic(z)

    ws = [float(w) for w in ws]
    for epoch in range(epochs):
        preds = [predict(example) for example in x]
        if epoch % max(1, epochs // 10) == 0:
            print(epoch, cross_entropy(preds, y))
        w_grads = [0.0] * len(ws)
        b_grad = 0.0
        for example, pred, target in zip(x, preds, y):
            for j in range(len(ws)):
                w_grads[j] += (pred - target) * example[j] / len(x)
            b_grad += (pred - target) / len(x)
        for j in range(len(ws)):
            ws[j] = ws[j] - lrate * w_grads[j]
        b = b - lrate * b_grad
    return np.array(ws), b, np.array([predict(example) for example in x])


# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    def linear(inputs, w, b):
        out = np.zeros((len(inputs), w.shape[1]))
        for k in range(w.shape[1]):
            out[:, k] = b[0, k]
            for j in range(w.shape[0]):
                out[:, k] += inputs[:, j] * w[j, k]
        return out

    Z1 = linear(x, ws[0], bs[0])
    A1 = act_fs[0](Z1)
    Z2 = linear(A1, ws[1], bs[1])
    A2 = act_fs[1](Z2)
    return Z1, A1, Z2, A2
