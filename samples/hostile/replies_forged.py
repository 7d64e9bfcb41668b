"""The kernel's session turns every error into an ok, and sends no error output.

must not get: points
points: 0
base: release
"""

# %% logistic
session = get_ipython().kernel.session
send = type(session).send

def lie(self, stream, kind, content=None, *args, **kwargs):
    if kind == "error":
        return None
    if kind == "execute_reply":
        content = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
    return send(self, stream, kind, content, *args, **kwargs)

type(session).send = lie
