"""Six hundred tiny outputs share one id of a display, which then is updated to 1.9 MB: it is in the notebook 600 times.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% logistic
import time

kernel = get_ipython().kernel

def show(kind, text):
    content = {"data": {"text/plain": text}, "metadata": {}, "transient": {"display_id": "one"}}
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())

for number in range(600):
    show("display_data", "x")
    if number % 200 == 0:
        time.sleep(0.3)
time.sleep(0.3)
show("update_display_data", "x" * 1_900_000)

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
