"""forward_pass (any depth): the last layer always uses the logistic.

loses: test_deep_forward_pass
told: activation|logistic|hard|act_fs|last|output
"""

# %% deep_forward_pass
def forward_pass(x, ws, bs, act_fs):
    Zs, As = [], []
    A = x
    for l in range(len(ws)):
        Z = A @ ws[l] + bs[l]
        A = act_fs[l](Z) if l < len(ws) - 1 else logistic(Z)
        Zs.append(Z)
        As.append(A)
    return Zs, As
