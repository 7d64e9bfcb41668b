"""Every later cell first sends a number as its result: nbgrader takes that for partial credit.

must not get: points
points: 0
base: release
"""

# %% logistic
def spoof(*args):
    kernel = get_ipython().kernel
    content = {"execution_count": 1, "data": {"text/plain": "3.0"}, "metadata": {}}
    kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent())

get_ipython().events.register("pre_run_cell", spoof)
