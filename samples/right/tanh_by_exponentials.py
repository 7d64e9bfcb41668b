"""tanh is the textbook's quotient of exponentials, its derivative the quotient rule written out."""

# %% tanh
def tanh(x, deriv=False):
    up, down = np.exp(x), np.exp(-x)
    sinh2, cosh2 = up - down, up + down
    if deriv:
        return (cosh2 * cosh2 - sinh2 * sinh2) / (cosh2 * cosh2)
    return sinh2 / cosh2


# %% logistic
def logistic(x, deriv=False):
    if deriv:
        return np.exp(-x) / (1 + np.exp(-x)) ** 2
    return 1 / (1 + np.exp(-x))
