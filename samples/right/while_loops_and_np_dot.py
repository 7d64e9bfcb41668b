"""while instead of for, np.dot instead of @, and the sign turned round: (y - yhat) is added."""

# %% gradient_descent
def gradient_descent(x, y, ws, b, lrate, epochs):
    done = 0
    m = np.shape(x)[0]
    while done < epochs:
        prediction = logistic(np.dot(x, ws) + b)
        if done % max(1, epochs // 10) == 0:
            print("cost", cross_entropy(prediction, y))
        ws = ws + lrate * np.dot(y - prediction, x) / m
        b = b + lrate * np.sum(y - prediction) / m
        done += 1
    return ws, b, logistic(np.dot(x, ws) + b)


# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    layer = 0
    Zs, As = [], []
    while layer < len(ws):
        Zs.append(np.dot(x, ws[layer]) + bs[layer])
        x = act_fs[layer](Zs[layer])
        As.append(x)
        layer += 1
    return Zs, As


# %% deep_backprop
def backprop(x, y, ws, bs, act_fs, cost_f, lrate, epochs):
    epoch = 0
    while epoch < epochs:
        Zs, As = forward_pass(x, ws, bs, act_fs)
        if epoch % max(1, epochs // 10) == 0:
            print("cost", cost_f(As[-1], y))
        ws, bs = ws[:], bs[:]
        layer = len(ws) - 1
        downhill = -cost_f(As[-1], y, deriv=True)
        if cost_f is not cross_entropy:
            downhill = np.multiply(downhill, act_fs[-1](Zs[-1], deriv=True))
        while layer >= 0:
            w = ws[layer]
            inputs = As[layer - 1] if layer > 0 else x
            ws[layer] = w + lrate * np.dot(inputs.T, downhill) / x.shape[0]
            bs[layer] = bs[layer] + lrate * np.mean(downhill, axis=0, keepdims=True)
            if layer > 0:
                downhill = np.dot(downhill, w.T) * act_fs[layer - 1](Zs[layer - 1], deriv=True)
            layer -= 1
        epoch += 1
    Zs, As = forward_pass(x, ws, bs, act_fs)
    return ws, bs, Zs, As
