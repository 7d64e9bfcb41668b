"""Messages of 50 MB on the channels that nobody reads (stdin, control, shell).

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% logistic
kernel = get_ipython().kernel
for socket in (kernel.stdin_socket, kernel.shell_stream.socket, kernel.control_stream.socket):
    for _ in range(4):
        try:
            kernel.session.send(socket, "input_request", {"prompt": "x" * 50_000_000}, parent=kernel.get_parent("shell"),
                                ident=kernel._parent_ident["shell"])
        except Exception as error:
            print(error)

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
