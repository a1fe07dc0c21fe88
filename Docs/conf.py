"""How Sphinx makes these pages: `make docs`, or `sphinx-build -W -n Docs build/docs`, without a network."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.roles import XRefRole

ROOT = Path(__file__).resolve().parent.parent
CODEC = ROOT / "DicomSegIO" / "dicomsegcodec"
sys.path.insert(0, str(CODEC.parent))

project = "dicomsegcodec"
author = "DicomSegIO developers"
release = version = re.search(r'"(.+)"', (CODEC / "_version.py").read_text(encoding="utf-8"))[1]
project_copyright = author

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "alabaster"
html_theme_options = {
    "description": "DICOM segmentations: write, read, search",
    "page_width": "1100px",
    "fixed_sidebar": True,
}
html_show_sourcelink = False
default_role = "literal"
highlight_language = "python"

# Types stand in the signatures, where they are links; in docstrings they are words, and are left as words.
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

# `-n` holds for what the pages name, and for errors that docstrings name. Types in signatures are of other
# packages too, or of stages whose results alone a caller sees.
nitpick_ignore_regex = [
    ("py:class", r".*"),
    ("py:exc", r"(ValueError|TypeError|IndexError|KeyError|RuntimeError|OSError|File\w+Error)"),
]


class NameRole(XRefRole):
    """:hd:`seg.segread` is shown as hd.seg.segread and is a link to it."""

    def __init__(self) -> None:
        super().__init__(warn_dangling=True)

    def process_link(
        self, env: BuildEnvironment, refnode: nodes.Element, has_title: bool, title: str, target: str
    ) -> tuple[str, str]:
        refnode["refdomain"], refnode["reftype"] = "py", "obj"
        return (title if has_title else f"hd.{title}"), f"dicomsegcodec.{target}"


class Modules(Directive):
    """A list of the modules of the codec with the first sentence or two of each docstring."""

    def run(self) -> list[nodes.Node]:
        items = nodes.definition_list()
        for path in sorted(CODEC.rglob("*.py")):
            parts = path.relative_to(CODEC.parent).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            paragraph = nodes.paragraph("", "", *_inline(" ".join(text.split("\n\n")[0].split())))
            term = nodes.term("", "", nodes.literal(text=name))
            items += nodes.definition_list_item("", term, nodes.definition("", paragraph))
        return [items]


def _inline(text: str) -> Iterator[nodes.Node]:
    for place, part in enumerate(text.split("`")):
        yield nodes.literal(text=part) if place % 2 else nodes.Text(part)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("hd", NameRole())
    app.add_directive("codec-modules", Modules)
    return {"parallel_read_safe": True}
