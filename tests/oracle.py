"""An oracle: answers to every task, found a second way, with no formula for any derivative.

Numbers have 50 digits, and slopes and gradients are measured: by how much does the value change if the
argument is a tiny step smaller? A long training would take hours that way; it is done in float64, where
automatic differentiation of the cost makes the gradients.
"""

from functools import partial
from types import SimpleNamespace

import autograd
import autograd.numpy
import mpmath
import numpy as np

FIFTY = mpmath.MPContext()  # a context of its own: the precision of mpmath's usual one is global
FIFTY.dps = 50
STEP = FIFTY.mpf(10) ** -25  # half of the digits for the step, half for the difference
LONG = 1000  # parameters times epochs; from here on a training is done in float64

FIFTY_DIGITS = SimpleNamespace(
    exp=np.frompyfunc(FIFTY.exp, 1, 1), log=np.frompyfunc(FIFTY.log, 1, 1), tanh=np.frompyfunc(FIFTY.tanh, 1, 1)
)
FLOAT64 = autograd.numpy
BEFORE, AFTER = 0, 1  # which forward pass a training returns: from before its last update, or after it

# by their names in the notebook; lib says how to compute: FIFTY_DIGITS or FLOAT64
ACTIVATIONS = {
    "logistic": lambda x, lib: 1 / (1 + lib.exp(-x)),
    "tanh": lambda x, lib: lib.tanh(x),
    "relu": lambda x, lib: (x + abs(x)) / 2,
    "softsign": lambda x, lib: x / (1 + abs(x)),
    "twice": lambda x, lib: 2 * x,
}
COSTS_PER_EXAMPLE = {
    "cross_entropy": lambda p, y, lib: -(y * lib.log(p) + (1 - y) * lib.log(1 - p)),
    "mean_squared_error": lambda p, y, lib: (y - p) ** 2,
}


def fifty_digits(numbers):
    return np.frompyfunc(FIFTY.mpf, 1, 1)(np.asarray(numbers, dtype=float))


def float64(numbers):
    return np.asarray(numbers, dtype=float)


def slope(f, x):
    """Slope of f at each number of x; from the left, which makes that of relu at 0 what the task says: 0."""
    return (f(x) - f(x - STEP)) / STEP


def measured_gradient(f):
    """Gradient of f, which makes one number of a list of arrays; used as `autograd.grad` is."""

    def gradient(arrays):
        value, arrays = f(arrays), [array.copy() for array in arrays]
        slopes = [np.empty_like(array) for array in arrays]
        for array, array_slopes in zip(arrays, slopes, strict=True):
            for i in np.ndindex(array.shape):
                here = array[i]
                array[i] = here - STEP
                array_slopes[i] = (value - f(arrays)) / STEP
                array[i] = here
        return slopes

    return gradient


def activation(name, x, deriv):
    f, x = partial(ACTIVATIONS[name], lib=FIFTY_DIGITS), fifty_digits(x)
    return float64(slope(f, x) if deriv else f(x))


def logistic(x, deriv=False):
    return activation("logistic", x, deriv)


def tanh(x, deriv=False):
    return activation("tanh", x, deriv)


def relu(x, deriv=False):
    return activation("relu", x, deriv)


def cost(name, y_preds, y, deriv, by):
    """The average over the examples; or per example the slope by its prediction, or by the z that it is made of."""
    p, per_example = fifty_digits(y_preds), partial(COSTS_PER_EXAMPLE[name], y=fifty_digits(y), lib=FIFTY_DIGITS)
    if not deriv:
        return float(per_example(p).mean())
    if by == "prediction":
        return float64(slope(per_example, p))
    z = FIFTY_DIGITS.log(p / (1 - p))
    return float64(slope(lambda z: per_example(ACTIVATIONS["logistic"](z, FIFTY_DIGITS)), z))


def cross_entropy(y_preds, y, deriv=False, by="z"):
    return cost("cross_entropy", y_preds, y, deriv, by)


def mean_squared_error(y_preds, y, deriv=False):
    return cost("mean_squared_error", y_preds, y, deriv, by="prediction")


def layers(x, ws, bs, act_fs, lib):
    """Zs and As; for each activation the one of the same name above is taken."""
    Zs, As, A = [], [], x  # noqa: N806 - names as in the formulas
    for w, b, act_f in zip(ws, bs, act_fs, strict=True):
        Z = A @ w + b  # noqa: N806
        A = ACTIVATIONS[act_f.__name__.removeprefix("ref_")](Z, lib)  # noqa: N806
        Zs.append(Z)
        As.append(A)
    return Zs, As


def train(x, y, ws, bs, act_fs, cost_f, lrate, epochs, state):
    """The new ws and bs, and Zs and As of the state asked for; gradients are slopes of the cost as a whole."""
    if epochs * sum(np.size(array) for array in [*ws, *bs]) < LONG:
        number, lib, gradient_of = fifty_digits, FIFTY_DIGITS, measured_gradient
    else:
        number, lib, gradient_of = float64, FLOAT64, autograd.grad
    x, y, arrays = number(x), number(y), [number(array) for array in [*ws, *bs]]

    def network(arrays):
        return layers(x, arrays[: len(ws)], arrays[len(ws) :], act_fs, lib)

    def cost_of_all(arrays):
        return COSTS_PER_EXAMPLE[cost_f.__name__](network(arrays)[1][-1], y, lib).mean()

    gradient = gradient_of(cost_of_all)
    states = [arrays, arrays]
    for _ in range(epochs):
        after = [array - lrate * slopes for array, slopes in zip(states[AFTER], gradient(states[AFTER]), strict=True)]
        states = [states[AFTER], after]
    new = [float64(array) for array in states[AFTER]]
    Zs, As = network(states[state])  # noqa: N806
    return new[: len(ws)], new[len(ws) :], [float64(Z) for Z in Zs], [float64(A) for A in As]


def gradient_descent(x, y, ws, b, lrate, epochs, state=AFTER):
    """Logistic regression as what it is, a network with a single layer."""
    network = [np.reshape(ws, (-1, 1))], [np.reshape(b, (1, 1))], [logistic], cross_entropy
    ws, bs, _, As = train(x, np.reshape(y, (-1, 1)), *network, lrate, epochs, state)  # noqa: N806
    return ws[0].ravel(), bs[0].item(), As[0].ravel()


def deep_forward_pass(x, ws, bs, act_fs):
    ws, bs = [fifty_digits(w) for w in ws], [fifty_digits(b) for b in bs]
    Zs, As = layers(fifty_digits(x), ws, bs, act_fs, FIFTY_DIGITS)  # noqa: N806
    return [float64(Z) for Z in Zs], [float64(A) for A in As]


def forward_pass(x, ws, bs, act_fs):
    (Z1, Z2), (A1, A2) = deep_forward_pass(x, ws, bs, act_fs)  # noqa: N806
    return Z1, A1, Z2, A2


def deep_backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs, state=AFTER):
    return train(x, y, ws, bs, act_fs, cost_f, lrate, epochs, state)


def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs, state=AFTER):
    ws, bs, (Z1, Z2), (A1, A2) = train(x, y, ws, bs, act_fs, cost_f, lrate, epochs, state)  # noqa: N806
    return ws, bs, Z1, A1, Z2, A2


def answers(state=AFTER, by="z"):
    """Code for the solution cells, in one of the readings that the tasks leave open.

    state : which forward pass a training returns, BEFORE or AFTER
    by : what the derivative of the cross-entropy is taken by, "z" or "prediction"
    """
    plain = ["logistic", "tanh", "relu", "mean_squared_error", "forward_pass"]
    return {name: f"from oracle import {name}" for name in plain} | {
        "cross_entropy": "import oracle\n\n\ndef cross_entropy(y_preds, y, deriv=False):\n"
        f"    return oracle.cross_entropy(y_preds, y, deriv, by={by!r})",
        "gradient_descent": _partial("gradient_descent", "gradient_descent", state),
        "backprop": _partial("backprop", "backprop", state),
        "deep_forward_pass": "from oracle import deep_forward_pass as forward_pass",
        "deep_backprop": _partial("backprop", "deep_backprop", state),
    }


def _partial(name, function, state):
    return f"import functools\n\nimport oracle\n\n{name} = functools.partial(oracle.{function}, state={state})"
