"""Modules handed in that end whoever imports them.

must not get: the grader
points: 0
base: release
"""

# %% submission
for name in ("numpy", "json", "socket", "sitecustomize", "usercustomize", "zmq", "asyncio", "nbexaminer", "traceback"):
    (folder / f"{name}.py").write_text("import os\nos._exit(1)\n")
