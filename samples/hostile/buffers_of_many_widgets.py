"""A hundred cells with a widget each, whose state is a binary buffer of 15 MB, which is not counted as text.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)

# %% submission
for number in range(100):
    notebook.cells.append(nbformat.v4.new_code_cell("""
session, kernel = get_ipython().kernel.session, get_ipython().kernel
content = {"comm_id": "%d", "target_name": "jupyter.widget", "data": {"state": {"a": 1}, "buffer_paths": [["value"]]}}
session.send(kernel.iopub_socket, "comm_open", content, parent=kernel.get_parent(), buffers=[bytes(15_000_000)])
""" % number))
