"""forward_pass (any depth): only the last Z and A are returned, not the lists.

loses: test_deep_forward_pass
also loses: test_deep_backprop_epochs test_deep_backprop_step test_deep_network
told: list|entries|length|layer|how many|shape|each|type
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
    return Z, A
