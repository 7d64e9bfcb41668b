"""forward_pass (any depth): each layer works on the Z of the layer before, not on its A.

loses: test_deep_forward_pass
also loses: test_deep_network
told: Z|activation|linear|A 
"""

# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], []
    Z = x
    for l in range(len(ws)):
        Z = Z @ ws[l] + bs[l]
        A = act_fs[l](Z)
        Zs.append(Z)
        As.append(A)
    return Zs, As
