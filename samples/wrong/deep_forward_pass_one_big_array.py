"""forward_pass (any depth): np.array of layers with different widths raises.

loses: test_deep_forward_pass
also loses: test_deep_backprop_epochs test_deep_backprop_step test_deep_network
told: array|ValueError|inhomogeneous|list|raise|shape
"""

# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], []
    A = x
    for l in range(len(ws)):
        Z = A @ ws[l] + bs[l]
        A = act_fs[l](Z)
        Zs.append(Z)
        As.append(A)
    return np.array(Zs), np.array(As)
