"""Output that is a script, in every form that has room for one.

must not get: script
points: 8
keeps: 8
base: release
"""

# %% logistic
from IPython.display import HTML, SVG, Javascript, Markdown, display

SCRIPT = "<script>document.title = 'script of a student'</script><img src=x onerror='script of a student'>"
display(HTML(SCRIPT), Javascript("'script of a student'"), Markdown(SCRIPT))
display({"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}</svg>"}, raw=True)
display({"text/latex": SCRIPT}, raw=True)
def logistic(x, deriv=False):
    raise ValueError(SCRIPT)

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)

# %% submission
notebook.cells.append(nbformat.v4.new_markdown_cell("<script>'script of a student'</script> [x](javascript:alert('script of a student'))"))
notebook.metadata.title = "</title><script>'script of a student'</script>"
