"""forward_pass (any depth): every layer is given x, which raises or is wrong.

loses: test_deep_forward_pass
also loses: test_deep_backprop_epochs test_deep_backprop_step test_deep_network
told: shape|mismatch|input|ValueError|raise|matmul|layer
"""

# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], []
    A = x
    for l in range(len(ws)):
        Z = x @ ws[l] + bs[l]
        A = act_fs[l](Z)
        Zs.append(Z)
        As.append(A)
    return Zs, As
