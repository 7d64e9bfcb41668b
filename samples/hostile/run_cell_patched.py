"""Every later cell succeeds without being run.

must not get: points
points: 0
base: release
"""

# %% logistic
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult

def run_cell(self, raw_cell, *args, **kwargs):
    return ExecutionResult(ExecutionInfo(raw_cell, False, True, True, None))

async def run_cell_async(self, raw_cell, *args, **kwargs):
    return run_cell(self, raw_cell)

for kind in type(get_ipython()).__mro__[:-1]:
    if "run_cell" in vars(kind):
        kind.run_cell = run_cell
    if "run_cell_async" in vars(kind):
        kind.run_cell_async = run_cell_async
