"""The kernel answers ok to everything and runs nothing.

must not get: points
points: 0
base: release
"""

# %% logistic
async def do_execute(self, *args, **kwargs):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}

type(get_ipython().kernel).do_execute = do_execute
