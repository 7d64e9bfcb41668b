"""All five functions compute in single precision (float32)."""

# %% logistic
def logistic(x, deriv=False):
    x = np.asarray(x, dtype=np.float32)
    s = np.float32(1) / (np.float32(1) + np.exp(-x))
    return s * (np.float32(1) - s) if deriv else s


# %% tanh
def tanh(x, deriv=False):
    t = np.tanh(np.asarray(x, dtype=np.float32))
    return np.float32(1) - t * t if deriv else t


# %% relu
def relu(x, deriv=False):
    x = np.asarray(x, dtype=np.float32)
    return (x > 0).astype(np.float32) if deriv else np.maximum(x, np.float32(0))


# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    p = np.asarray(y_preds, dtype=np.float32)
    t = np.asarray(y, dtype=np.float32)
    if deriv:
        return p - t
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))


# %% mean_squared_error
def mean_squared_error(y_preds, y, deriv=False):
    difference = np.asarray(y_preds, dtype=np.float32) - np.asarray(y, dtype=np.float32)
    return 2 * difference if deriv else np.mean(difference**2)
