"""Make the pictures of the notebook from the model solution: `python scripts/images.py`."""

import base64
import copy
from pathlib import Path

import matplotlib
import nbformat
from nbclient import NotebookClient

matplotlib.use("agg")
import matplotlib.pyplot as plt

ASSIGNMENT = Path(__file__).parent.parent / "source" / "simple-neural-network"
IMAGES = ASSIGNMENT / "images"
PLOTS = {  # picture: cell that draws it
    "activations": "plot-activations",
    "boundary_sine": "plot-logistic-regression",
    "hidden_layer": "plot-hidden-layer",
    "deep_network": "plot-deep-network",
}


def main():
    IMAGES.mkdir(exist_ok=True)
    notebook = nbformat.read(ASSIGNMENT / "simple-neural-network.ipynb", as_version=4)

    linear = copy.deepcopy(notebook)  # without the cell that chooses the sine, up to the first boundary
    stop = [cell.id for cell in linear.cells].index("plot-logistic-regression")
    linear.cells = [cell for cell in linear.cells[: stop + 1] if cell.id != "data-sine"]
    save("boundary_linear", execute(linear), "plot-logistic-regression")

    execute(notebook)
    for picture, cell in PLOTS.items():
        save(picture, notebook, cell)
    draw_data_flow()


def execute(notebook):
    return NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(ASSIGNMENT)}}).execute()


def save(picture, notebook, cell_id):
    cell = next(cell for cell in notebook.cells if cell.id == cell_id)
    (png,) = [output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {})]
    (IMAGES / f"{picture}.png").write_bytes(base64.b64decode(png))
    print(f"images/{picture}.png")


def draw_data_flow():
    """x -> linear -> sigmoid -> y hat, with weights, bias and cost."""
    fig, ax = plt.subplots(figsize=(9, 3.2))
    ax.set(xlim=(0, 10), ylim=(0, 4))
    ax.axis("off")

    def node(x, y, text, color, title=""):
        ax.scatter([x], [y], s=1700, color=color, edgecolor="0.3", zorder=2)
        ax.text(x, y, text, ha="center", va="center", fontsize=13, zorder=3)
        ax.text(x, y - 0.95, title, ha="center", fontsize=10, color="0.3")

    def arrow(start, end, text=""):
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "0.3", "shrinkA": 21, "shrinkB": 21})
        ax.text((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.18, text, ha="center", fontsize=12)

    inputs = {"$x_1$": (1, 3.4, "$w_1$"), "$x_2$": (1, 2, "$w_2$"), "1": (1, 0.6, "$b$")}
    for name, (x, y, weight) in inputs.items():
        node(x, y, name, "#dddddd")
        arrow((x, y), (3.6, 2), weight)
    node(3.6, 2, r"$\Sigma$", "#aaccee", "linear")
    node(5.6, 2, r"$\sigma$", "#aaccee", "sigmoid")
    node(7.4, 2, r"$\hat y$", "#eeccaa", "prediction")
    node(9.2, 2, "$C$", "#eeaaaa", "cost")
    node(9.2, 3.5, "$y$", "#dddddd")
    arrow((3.6, 2), (5.6, 2), "$z$")
    arrow((5.6, 2), (7.4, 2), "$A$")
    arrow((7.4, 2), (9.2, 2))
    arrow((9.2, 3.5), (9.2, 2))
    fig.savefig(IMAGES / "data_flow.png", dpi=90, bbox_inches="tight")
    print("images/data_flow.png")


if __name__ == "__main__":
    main()
