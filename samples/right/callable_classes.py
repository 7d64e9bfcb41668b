"""Activations and costs are objects with a value and a slope; the functions asked for only call them."""

# %% logistic
class Function:
    def value(self, x):
        raise NotImplementedError

    def slope(self, x):
        raise NotImplementedError

    def __call__(self, x, deriv=False):
        return self.slope(x) if deriv else self.value(x)


class Logistic(Function):
    def value(self, x):
        return np.reciprocal(1.0 + np.exp(np.negative(x)))

    def slope(self, x):
        s = self.value(x)
        return s - s * s


def logistic(x, deriv=False):
    return Logistic()(x, deriv)


# %% tanh
class Tanh(Function):
    def value(self, x):
        return np.sinh(x) / np.cosh(x)

    def slope(self, x):
        return 1 - np.square(self(x))


def tanh(x, deriv=False):
    return Tanh()(x, deriv)


# %% cross_entropy
class CrossEntropy:
    def __init__(self, preds, targets):
        self.preds, self.targets = preds, targets

    def __call__(self):
        losses = -self.targets * np.log(self.preds) - (1 - self.targets) * np.log(1 - self.preds)
        return losses.mean()

    def slope(self):
        return self.preds - self.targets


def cross_entropy(y_preds, y, deriv=False):
    cost = CrossEntropy(y_preds, y)
    return cost.slope() if deriv else cost()


# %% deep_forward_pass
class Layer:
    def __init__(self, w, b, act_f):
        self.w, self.b, self.act_f = w, b, act_f

    def __call__(self, inputs):
        self.inputs = inputs
        self.Z = inputs @ self.w + self.b
        self.A = self.act_f(self.Z)
        return self.A

    def backward(self, dZ):
        """Remember the gradients, return the gradient with respect to the inputs."""
        self.dw = self.inputs.T @ dZ / len(dZ)
        self.db = dZ.mean(axis=0, keepdims=True)
        return dZ @ self.w.T

    def update(self, lrate):
        self.w = self.w - lrate * self.dw
        self.b = self.b - lrate * self.db


class Network:
    def __init__(self, ws, bs, act_fs):
        self.layers = [Layer(*parts) for parts in zip(ws, bs, act_fs)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, dZ):
        for i in range(len(self.layers) - 1, -1, -1):
            dA = self.layers[i].backward(dZ)
            if i > 0:
                before = self.layers[i - 1]
                dZ = dA * before.act_f(before.Z, deriv=True)

    def update(self, lrate):
        for layer in self.layers:
            layer.update(lrate)

    def collect(self, name):
        return [getattr(layer, name) for layer in self.layers]


def forward_pass(x, ws, bs, act_fs):
    net = Network(ws, bs, act_fs)
    net(x)
    return net.collect("Z"), net.collect("A")


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    net = Network(ws, bs, act_fs)
    pred = net(x)
    for epoch in range(epochs):
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(pred, y))
        dZ = cost_f(pred, y, deriv=True)
        if cost_f is mean_squared_error:
            last = net.layers[-1]
            dZ = dZ * last.act_f(last.Z, deriv=True)
        net.backward(dZ)
        net.update(lrate)
        pred = net(x)
    return net.collect("w"), net.collect("b"), net.collect("Z"), net.collect("A")
