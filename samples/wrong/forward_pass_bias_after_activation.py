"""forward_pass (one hidden layer): the hidden bias is added after the activation.

loses: test_forward_pass
also loses: test_hidden_layer_network
told: bias
"""

# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    Z1 = x @ ws[0]
    A1 = act_fs[0](Z1) + bs[0]
    Z2 = A1 @ ws[1] + bs[1]
    A2 = act_fs[1](Z2)
    return Z1, A1, Z2, A2
