"""Makes an autograded notebook safe to look at: nothing of a student's runs script in feedback or in the formgrader.

Both render the notebook with nbconvert, which trusts it. See :class:`Sanitize` for what stays and what goes.
"""

import base64
import binascii
import re
from collections import Counter
from html.parser import HTMLParser

import bleach
import nbformat
from bleach.css_sanitizer import CSSSanitizer
from nbconvert.filters import ansi2html, strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer, List, Unicode

from nbexaminer.mend import CELL_ID, KERNELSPEC
from nbexaminer.truth import Truth

LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}
IMAGES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
TAGS = (
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd "
    "li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr tt u ul var"
)
VOID = ("br", "col", "hr", "img", "input", "wbr")
ATTRIBUTES = "align alt border cellpadding cellspacing colspan height href rowspan src start style title width"
# what nbconvert makes of Markdown: highlighted code, anchors of headings; others could pose as the formgrader's buttons
CLASSES = re.compile(r"highlight|anchor-link|task-list-item(-checkbox)?|[a-z]{1,2}[0-9]?( -[A-Z][a-zA-Z-]*)*")
DATA_IMAGE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*")
# TeX that reaches out of a formula. MathJax has a "safe" mode, which nbconvert asks for; this does not depend on it.
TEX = re.compile(r"\\(href|require|style|class|cssId|mmlToken|unicode|includegraphics|url)(?![a-zA-Z])")
RAW_TEXT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.S | re.I)


class Sanitize(NbGraderPreprocessor, SanitizeHTML):
    """Let nothing of the student's run script: in ``Autograde.autograde_preprocessors``, right after execution.

    - Outputs are made anew of what is known to be safe: text, PNG and JPEG that are what they say, LaTeX, and HTML
      that bleach has cleaned (nbconvert's SanitizeHTML). No SVG, no JavaScript, no widgets.
    - A Markdown cell stays as it is if what nbconvert renders of it is harmless; else its source is shown.
      The instructor's cells, which are locked or have the text that they have in the source notebook, always stay.
    - Metadata of notebook and outputs is reset; that of cells too, but for nbgrader's part.
    """

    tags = List(Unicode(), default_value=TAGS.split(" "), help="HTML elements that may stay.").tag(config=True)
    max_text = Integer(20_000, help="Characters of a Markdown cell or output, or of LaTeX, that are shown.").tag(
        config=True
    )
    max_html = Integer(50_000, help="Characters of an HTML output that are shown.").tag(config=True)
    max_total = Integer(
        500_000,
        help="Characters of Markdown, HTML and LaTeX of a notebook that are shown; to look through them takes time.",
    ).tag(config=True)

    def preprocess(self, nb, resources):
        kernelspec = nb.metadata.get("kernelspec", KERNELSPEC)  # by now the gradebook's
        nb.metadata = nbformat.from_dict({"kernelspec": kernelspec, "language_info": LANGUAGE})
        self.left = self.max_total
        self.instructors = Truth.of(self, resources).texts
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell, resources, cell_index):
        nbgrader = cell.metadata.get("nbgrader")
        cell.metadata = nbformat.from_dict({"nbgrader": nbgrader} if nbgrader else {})
        if not CELL_ID.fullmatch(str(cell.get("id", "x"))):
            cell.id = f"cell-{cell_index}"
        if cell.cell_type == "code":
            cell.execution_count = self.count(cell.execution_count)
            cell.outputs = [self.output(output) for output in cell.outputs]
            return cell, resources
        original = cell.source in self.instructors
        attachments = self.instructors[cell.source] if original else self.attachments(cell.get("attachments"))
        cell.pop("attachments", None)
        if attachments:
            cell.attachments = attachments
        if not original:
            locked = nbgrader and nbgrader.get("locked") and not nbgrader.get("solution")
            if cell.cell_type == "markdown":
                self.markdown_cell(cell, locked)
            elif not locked:
                cell.source = self.html(cell.source) or ""
        return cell, resources

    # text cells

    def markdown_cell(self, cell, locked=False):
        """Leave a Markdown cell as it is if that is safe, else show its source."""
        html = self.render(cell.source, cell.get("attachments"), locked)
        if html is not None and (locked or self.harmless(html)):
            return
        source = cell.source[: self.max_text - 100]
        fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`+", source) or [""]))
        cell.source = f"{fence}\n{source}\n{fence}"
        if not self.harmless(self.render(cell.source) or "<script>"):
            cell.source = "*(This text cannot be shown.)*"

    def render(self, source, attachments=None, locked=False):
        """What nbconvert makes of Markdown; None if it cannot, or if it is too much."""
        if not locked and not self.fits(source, self.max_text):
            return None
        try:
            renderer = IPythonRenderer(escape=False, attachments=attachments or {})
            return MarkdownWithMath(renderer=renderer).render(source)
        except Exception:  # such as an attachment that is not there, which would end the whole page
            return None

    def fits(self, text, limit):
        """Whether a text may be looked through, by its own limit and by what the notebook has used up."""
        self.left -= min(len(text), limit)
        return len(text) <= limit and self.left >= 0

    def harmless(self, html):
        """Whether cleaning leaves HTML as it is.

        The two parsers must also agree on what it is: bleach reads it as browsers do, html.parser as BeautifulSoup
        does in nbconvert.
        """
        try:
            before, after = Events(html), Events(self.sanitize_html_tags(html, classes=True))
        except Exception:  # nested too deep
            return False
        before.tags, after.tags = (
            [tag for tag in events.tags if tag[0] != "tbody"] for events in (before, after)
        )  # browsers put it in
        return (
            before.tags == after.tags
            and "".join(before.text.split()) == "".join(after.text.split())
            and not before.ends - after.ends  # an end tag too many would end what is around the cell
            and not before.others
            and not TEX.search(before.text_for_mathjax)
        )

    # HTML

    def sanitize_html_tags(self, html_str, classes=False):
        """Clean HTML with bleach; `classes`: also let stay what nbconvert itself makes of Markdown."""
        allowed = {*ATTRIBUTES.split(" "), *(("class", "id", "type", "disabled") if classes else ())}

        def attribute(tag, name, value):
            if name not in allowed:
                return False
            if name == "class":
                return bool(CLASSES.fullmatch(value))
            if name == "id":
                return bool(re.fullmatch("h[1-6]", tag))
            if name in ("type", "disabled"):
                return tag == "input" and value in ("checkbox", "")
            if re.match(r"\s*/?files/", value, re.I):  # templates take that away, and what follows may be a script
                return False
            if value.lower().lstrip().startswith("data:"):
                return tag == "img" and name == "src" and bool(DATA_IMAGE.fullmatch(value))
            return True

        return bleach.clean(
            RAW_TEXT.sub("", html_str) if not classes else html_str,
            tags=[*self.tags, "input"] if classes else self.tags,
            attributes=attribute,
            protocols=["http", "https", "mailto", "data"],
            strip=True,
            # a cursor may be an image from elsewhere
            css_sanitizer=CSSSanitizer(allowed_css_properties=[style for style in self.styles if style != "cursor"]),
        )

    def html(self, html):
        """HTML that a student's code has put out, made safe; None if that cannot be done."""
        if not self.fits(html, self.max_html):
            return None
        try:
            clean = TEX.sub(r"\\ \1", self.sanitize_html_tags(html))
            whole = not TEX.search(Events(clean).text) and self.sanitize_html_tags(clean) == clean
        except Exception:  # nested too deep
            return None
        return clean if whole else None

    # outputs

    def output(self, output):
        """A new output, of what is safe in one that may hold anything."""
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            return new_output("stream", name=name, text=self.text(output.get("text")))
        if kind == "error":
            lines = output.get("traceback")
            lines = [self.text(line) for line in lines] if isinstance(lines, list) else []
            name, value = (self.text(output.get(field)) for field in ("ename", "evalue"))
            return new_output("error", ename=name, evalue=value, traceback=lines)
        data, metadata = self.data(output.get("data")), self.sizes(output.get("metadata"))
        if kind == "execute_result":
            count = self.count(output.get("execution_count"))
            return new_output("execute_result", data=data, metadata=metadata, execution_count=count)
        return new_output("display_data", data=data, metadata=metadata)

    def data(self, data):
        """What of an output's {MIME type: content} is safe; at least a text."""
        data = data if isinstance(data, dict) else {}
        safe = {}
        for kind, value in data.items():
            if kind == "text/plain":
                safe[kind] = self.text(value)
            elif kind in IMAGES:
                safe[kind] = image(kind, value)
            elif not isinstance(value, str) or value != whole_characters(value):
                continue
            elif kind == "text/html":
                safe[kind] = self.html(value)
            elif kind == "text/markdown":
                html = self.render(value)
                safe[kind] = value if html is not None and self.harmless(html) else None
            elif kind == "text/latex" and self.fits(value, self.max_text) and not TEX.search(value):
                safe[kind] = value
        safe = {kind: value for kind, value in safe.items() if value is not None}
        if not safe:
            kinds = ", ".join(sorted(kind for kind in data if re.fullmatch(r"[\w.+-]{1,40}/[\w.+-]{1,60}", kind)))
            safe["text/plain"] = f"[not shown: {kinds or 'an output of unknown type'}]"
        return safe

    def sizes(self, metadata):
        """Width and height of images; templates put other metadata into the page as it is."""
        found = {}
        for kind in IMAGES:
            size = metadata.get(kind) if isinstance(metadata, dict) else None
            for name in ("width", "height") if isinstance(size, dict) else ():
                if type(size.get(name)) is int and 0 < size[name] < 10_000:
                    found.setdefault(kind, {})[name] = size[name]
        return found

    def text(self, text):
        """Text with the ANSI codes that nbconvert can render; it takes for ever on very many or very long ones."""
        text = "".join(text) if isinstance(text, list) and all(isinstance(line, str) for line in text) else text
        text = whole_characters(text) if isinstance(text, str) else ""
        try:
            if text.count("\x1b[") <= 2000 and not re.search(r"\x1b\[[^@-~]{30}", text):
                ansi2html(text)
                return text
        except Exception:  # codes it cannot make sense of
            pass
        return strip_ansi(text).replace("\x1b", "")

    def count(self, count):
        """An execution count, which templates put into the page as it is."""
        return count if type(count) is int and count >= 0 else None

    def attachments(self, attachments):
        attachments = attachments if isinstance(attachments, dict) else {}
        safe = {
            name: {kind: image(kind, value) for kind, value in content.items() if kind in IMAGES}
            for name, content in attachments.items()
            if isinstance(content, dict)
        }
        return {name: content for name, content in safe.items() if content and None not in content.values()}


def whole_characters(text):
    """Text without halves of characters, which cannot be written to a file."""
    return text.encode("utf-8", "replace").decode()


def image(kind, value):
    """The base64 text of an image, if it is one."""
    try:
        content = base64.b64decode("".join(value.split()), validate=True)
    except (AttributeError, ValueError, binascii.Error):
        return None
    return base64.b64encode(content).decode() if content.startswith(IMAGES[kind]) else None


class Events(HTMLParser):
    """What html.parser finds in HTML; ValueError if elements are nested too deep for those who come after."""

    max_depth = 50

    def __init__(self, html):
        super().__init__()
        self.tags, self.ends, self.others, self.open = [], Counter(), [], []
        self._texts, self._math = [], []
        self.feed(html)
        self.close()
        self.text, self.text_for_mathjax = "".join(self._texts), "".join(self._math)

    def handle_starttag(self, tag, attrs):
        # bleach drops spaces in styles
        self.tags.append((tag, sorted((name, re.sub(r"[\s;]", "", value or "")) for name, value in attrs)))
        if tag not in VOID:
            self.open.append(tag)
            if len(self.open) > self.max_depth:
                raise ValueError("nested too deep")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        self.ends[tag] += 1
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        self._texts.append(data)
        self._math.append(" " if {"pre", "code"} & set(self.open) else data)

    def handle_comment(self, data):
        self.others.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment
