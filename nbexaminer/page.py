"""Words for report templates: read the data, then say it in headings, lines, tables and pictures.

Whatever is said is text: what looks like HTML in a student's name or message is shown, not obeyed.
"""

import html
import io
import json
import os
import re
from pathlib import Path

from IPython.display import display

DATA = "NBEXAMINER_REPORT"
"""Environment variable with the path of the data, set for templates that `nbexaminer report` runs."""

NUMBER = re.compile(r"[-−–]?[\d.]*%?")


def read(path=None):
    """The data that `results.gather` describes.

    Parameters
    ----------
    path : str or Path
        By default the file that `nbexaminer report` has just written; where that does not run, as in Jupyter, the
        newest of report/.
    """
    path = path or os.environ.get(DATA) or max(Path("report").glob("*.json"), key=os.path.getmtime, default=None)
    if path is None:
        raise FileNotFoundError("no data in report/; first run `nbexaminer report`, or name a file: read('….json')")
    return json.loads(Path(path).read_text(encoding="utf-8"))


def heading(text):
    """Show the title of the page."""
    _show(f"<h1>{_text(text)}</h1>", text)


def line(text):
    """Show a paragraph."""
    _show(f"<p>{_text(text)}</p>", text)


def table(header, rows):
    """Show a table. Numbers go to the right; on a narrow screen the table can be moved sideways.

    Parameters
    ----------
    header : list of str
    rows : list of list
        Of text and numbers; None is left empty.
    """
    numbers = [
        all(isinstance(value, int | float | None) or NUMBER.fullmatch(value) for value in column)
        for column in zip(*rows, strict=True)
    ]
    parts = ["<table><thead>", _row("th", header, numbers or [False] * len(header)), "</thead><tbody>"]
    parts += [_row("td", row, numbers) for row in rows]
    parts.append("</tbody></table>")
    _show(f'<div class="table">{"".join(parts)}</div>', "\n".join(map(str, [header, *rows])))


def _row(tag, values, numbers):
    cells = []
    for value, number in zip(values, numbers, strict=True):
        kind = (' scope="col"' if tag == "th" else "") + (' class="number"' if number else "")
        text = "" if value is None else f"{value:g}" if isinstance(value, int | float) else value
        cells.append(f"<{tag}{kind}>{_text(text)}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>"


def _text(text):
    """Text as HTML; names_of_checks may be broken at their underscores."""
    return html.escape(text).replace("_", "_<wbr>")


def picture(figure, alt):
    """Show a picture of matplotlib's, and close it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        What there is to see, for those who do not see it.
    """
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=200)
    figure.clear()
    display({"image/png": content.getvalue(), "text/plain": alt}, metadata={"image/png": {"alt": alt}}, raw=True)


def duration(seconds):
    """Seconds in words: the two largest units of days, hours, minutes and seconds.

    >>> duration(93784)
    '1 day 2 hours'
    """
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    left, parts = int(seconds), []
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, left = divmod(left, size)
        parts.append(f"{count} {name}{'s' * (count != 1)}" if count else "")
    first = next(number for number, part in enumerate(parts) if part)
    return " ".join(part for part in parts[first : first + 2] if part)


def _show(text_html, plain):
    display({"text/html": text_html, "text/plain": plain}, raw=True)
