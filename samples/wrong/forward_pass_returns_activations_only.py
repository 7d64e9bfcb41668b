"""forward_pass (one hidden layer): only A1 and A2 are returned.

loses: test_forward_pass
also loses: test_backprop_epochs test_backprop_step test_hidden_layer_network
told: return|Z1|four|4|how many|number of|2 
"""

# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    Z1 = x @ ws[0] + bs[0]
    A1 = act_fs[0](Z1)
    Z2 = A1 @ ws[1] + bs[1]
    A2 = act_fs[1](Z2)
    return A1, A2
