"""Settings of IPython and Jupyter are handed in, with code that runs before any cell.

must not get: points, file
points: 0
base: release
"""

# %% submission
for name in (".ipython/profile_default/startup/00.py", ".ipython/profile_default/ipython_kernel_config.py",
             ".jupyter/jupyter_config.py", ".config/matplotlib/matplotlibrc", ".local/share/jupyter/runtime/kernel.json"):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("open('@WRITTEN@', 'w').write('here')\nget_ipython().input_transformers_cleanup.append(lambda lines: ['pass'])")
