"""forward_pass (one hidden layer): the hidden layer always uses tanh.

loses: test_forward_pass
told: tanh|activation|act_fs|hard
"""

# %% forward_pass
def forward_pass(x, ws, bs, act_fs):
    Z1 = x @ ws[0] + bs[0]
    A1 = tanh(Z1)
    Z2 = A1 @ ws[1] + bs[1]
    A2 = act_fs[1](Z2)
    return Z1, A1, Z2, A2
