"""forward_pass (any depth): the loop stops one layer early.

loses: test_deep_forward_pass
also loses: test_deep_backprop_epochs test_deep_backprop_step test_deep_network
told: length|entries|layer|last|how many|too few|output
"""

# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], []
    A = x
    for l in range(len(ws) - 1):
        Z = A @ ws[l] + bs[l]
        A = act_fs[l](Z)
        Zs.append(Z)
        As.append(A)
    return Zs, As
