"""Messages on Jupyter's channels that lack what every message has.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% logistic
kernel = get_ipython().kernel
parent = kernel.get_parent()
for kind, content in [("stream", {}), ("execute_result", {"data": 3}), ("display_data", {"data": {"image/png": [1]}, "metadata": 5}),
                      ("update_display_data", {"transient": {"display_id": 5}}), ("status", {}), ("comm_open", {"comm_id": []}),
                      ("error", {"ename": 4, "evalue": [], "traceback": "x"}), ("clear_output", {})]:
    kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)
kernel.iopub_socket.send_multipart([b"x"])
kernel.iopub_socket.send_multipart([b"<IDS|MSG>", b"", b"{", b"{", b"{", b"{"])

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
