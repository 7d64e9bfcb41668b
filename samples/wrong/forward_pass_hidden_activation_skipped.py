"""forward_pass (one hidden layer): the output layer gets Z1 instead of A1.

loses: test_forward_pass
also loses: test_hidden_layer_network
told: Z1|activation|A1|linear
"""

# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    Z1 = x @ ws[0] + bs[0]
    A1 = act_fs[0](Z1)
    Z2 = Z1 @ ws[1] + bs[1]
    A2 = act_fs[1](Z2)
    return Z1, A1, Z2, A2
