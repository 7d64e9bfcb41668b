"""forward_pass (any depth): As is returned before Zs.

loses: test_deep_forward_pass
also loses: test_deep_network
told: order|swap|Zs
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
    return As, Zs
