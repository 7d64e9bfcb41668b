"""cross_entropy clips the predictions before it takes the logarithm."""

# %% cross_entropy
def cross_entropy(y_preds, y, deriv=False):
    if deriv:
        return np.subtract(y_preds, y)
    p = np.clip(y_preds, 1e-12, 1 - 1e-12)
    return -(y * np.log(p) + (1 - y) * np.log1p(-p)).sum() / len(y)
