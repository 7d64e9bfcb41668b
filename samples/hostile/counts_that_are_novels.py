"""Execution counts, which are no output, are texts of 15 MB, in a hundred cells.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)

# %% submission
for _ in range(100):
    notebook.cells.append(nbformat.v4.new_code_cell("""
kernel = get_ipython().kernel
kernel.session.send(kernel.iopub_socket, "execute_input", {"code": "", "execution_count": "x" * 15_000_000}, parent=kernel.get_parent())
"""))
