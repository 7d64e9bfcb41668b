"""Formulas as MathML, which browsers show without a script."""

import functools
import html
import re
from xml.etree.ElementTree import tostring

from latex2mathml.converter import convert_to_element

MAX_LENGTH = 5000  # of a formula; it may come from a student
MACRO = re.compile(r"\\([egx]?def|let|(re)?newcommand|providecommand|DeclareMathOperator)(?![a-zA-Z])")
BAD = {"href", "style", "class", "id"}


@functools.lru_cache(5000)  # the same texts in all notebooks of a class
def mathml(tex, display="inline"):
    """A formula as MathML.

    Parameters
    ----------
    tex : str
        Anyone's LaTeX. What cannot be converted is shown as it is; so are macros, which can grow without limit.
    display : str
        inline or block

    Returns
    -------
    str
        HTML without anything that could be followed, styled or run.
    """
    if len(tex) > MAX_LENGTH or MACRO.search(tex):
        return verbatim(tex)
    try:
        formula = convert_to_element(tex, display=display)
        for element in formula.iter():
            element.text = html.unescape(element.text or "")  # made of entities; tostring escapes what is in there
            for name in BAD & element.attrib.keys():
                del element.attrib[name]
            if element.tag == "mpadded":  # browsers take "+1em", one more than needed, for one
                element.attrib.clear()
        return tostring(formula, encoding="unicode", short_empty_elements=False)
    except Exception:  # as many as there are mistakes in formulas
        return verbatim(tex)


def latex(text):
    """An output of type text/latex, which is a formula in dollars, an environment, or anything else, as HTML."""
    if formula := re.fullmatch(r"\s*(\$\$?)([^$]*)\1\s*", text, re.S):
        return mathml(formula[2], "block")
    return mathml(text.strip(), "block") if text.lstrip().startswith(r"\begin{") else verbatim(text, "pre")


def verbatim(text, tag="code"):
    """Text as it is, as HTML: a code element in a line, a pre element on its own."""
    return f"<{tag}>{html.escape(text)}</{tag}>"
