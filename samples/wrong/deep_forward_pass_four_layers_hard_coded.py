"""forward_pass (any depth): always goes through four layers.

loses: test_deep_forward_pass
also loses: test_deep_backprop_epochs test_deep_backprop_step
told: IndexError|index|layer|4|hard|raise|length|entries
"""

# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], []
    A = x
    for l in range(4):
        Z = A @ ws[l] + bs[l]
        A = act_fs[l](Z)
        Zs.append(Z)
        As.append(A)
    return Zs, As
