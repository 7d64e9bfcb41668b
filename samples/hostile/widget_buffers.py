"""A widget whose state is binary buffers of 200 MB, which are not counted as text.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% logistic
session, kernel = get_ipython().kernel.session, get_ipython().kernel
for number in range(8):
    content = {"comm_id": str(number), "target_name": "jupyter.widget", "data": {"state": {}, "buffer_paths": [["value"]]}}
    session.send(kernel.iopub_socket, "comm_open", content, parent=kernel.get_parent(), buffers=[bytes(25_000_000)])

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
