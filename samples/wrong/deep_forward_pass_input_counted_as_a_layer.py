"""forward_pass (any depth): As starts with the input, so it has one entry too many.

loses: test_deep_forward_pass
also loses: test_deep_backprop_epochs test_deep_backprop_step test_deep_network
told: input|one (entry|more|too)|too many|length|entries|how many|layer
"""

# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], [x]
    A = x
    for l in range(len(ws)):
        Z = A @ ws[l] + bs[l]
        A = act_fs[l](Z)
        Zs.append(Z)
        As.append(A)
    return Zs, As
