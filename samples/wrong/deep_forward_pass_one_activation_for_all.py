"""forward_pass (any depth): the first activation is used in all layers.

loses: test_deep_forward_pass
also loses: test_deep_network
told: activation|act_fs
"""

# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], []
    A = x
    for l in range(len(ws)):
        Z = A @ ws[l] + bs[l]
        A = act_fs[0](Z)
        Zs.append(Z)
        As.append(A)
    return Zs, As
