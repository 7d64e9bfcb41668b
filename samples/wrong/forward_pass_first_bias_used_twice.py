"""forward_pass (one hidden layer): the output layer's bias is the mean of the first layer's.

loses: test_forward_pass
also loses: test_hidden_layer_network
told: bias
"""

# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    Z1 = x @ ws[0] + bs[0]
    A1 = act_fs[0](Z1)
    Z2 = A1 @ ws[1] + np.mean(bs[0])
    A2 = act_fs[1](Z2)
    return Z1, A1, Z2, A2
