"""The pages of the documentation, taken apart: sections, and the blocks of code in them, which can be run."""

import doctest
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path

from dicomsegcodec.cli import main

DOCS = Path(__file__).resolve().parents[2] / "Docs"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_DIRECTIVE = re.compile(r"^( *)\.\. code-block:: (\w+)$")


@dataclass(frozen=True)
class Block:
    """A piece of code on a page.

    Parameters
    ----------
    language : str
        python, doctest (with prompts and what is printed) or console (commands and what they print).
    line : int
        Of its first line of code, from 0.
    """

    language: str
    code: str
    line: int


@dataclass(frozen=True)
class Section:
    """A title and what stands under it, up to the next title of any level."""

    title: str
    text: str
    blocks: tuple[Block, ...]


def pages(folder: str = ".") -> list[Path]:
    """Return the pages in a folder of the documentation, not those in folders within it."""
    return sorted((DOCS / folder).glob("*.rst"))


def sections(page: Path) -> list[Section]:
    """Return the sections of a page in its order; what stands above the first title is passed over."""
    lines = page.read_text(encoding="utf-8").split("\n")
    starts = [n for n in range(len(lines) - 1) if _is_title(lines[n], lines[n + 1])]
    found = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        text = "\n".join(lines[start + 2 : end])
        found.append(Section(lines[start].strip("` "), text, tuple(_blocks(lines, start + 2, end))))
    return found


def reference() -> list[tuple[Path, Section, Section]]:
    """Return every name's section of the reference, with its page and the page's beginning."""
    found = []
    for page in pages("reference"):
        beginning, *rest = sections(page)
        found += [(page, beginning, section) for section in rest]
    return found


def _is_title(line: str, below: str) -> bool:
    return bool(line and line[0] != " " and re.fullmatch(r"([=~^-])\1{2,}", below)) and len(below) >= len(
        line
    )


def _blocks(lines: list[str], start: int, end: int) -> Iterator[Block]:
    number = start
    while number < end:
        directive = _DIRECTIVE.match(lines[number])
        prompt = lines[number].lstrip().startswith(">>> ")
        first = number + (2 if directive else 0)
        number += 1
        if directive:
            depth = len(directive[1]) + 1
            number = first
            while number < end and (not lines[number].strip() or lines[number].startswith(" " * depth)):
                number += 1
            yield Block(directive[2], _dedented(lines[first:number]), first)
        elif prompt:
            while number < end and lines[number].strip():
                number += 1
            yield Block("doctest", _dedented(lines[first:number]), first)


def _dedented(lines: list[str]) -> str:
    depth = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[depth:] for line in lines).rstrip() + "\n"


def run_block(block: Block, page: Path, names: dict[str, object]) -> None:
    """Run a block where `names` are known, and add the names that it makes.

    Raises
    ------
    AssertionError
        Something else is printed than the page shows.
    Exception
        Whatever the code raises and the page does not show.
    """
    match block.language:
        case "python":
            # Empty lines before it, so that a traceback names the line of the page.
            exec(compile("\n" * block.line + block.code, str(page), "exec"), names)
        case "doctest":
            _run_prompts(block.code, page, block.line, names)
        case "console":
            _run_prompts(_as_prompts(block.code), page, block.line, {"run": command_line()})
        case "text":
            pass
        case other:
            raise AssertionError(f"{page.name}, line {block.line}: no rule says how {other} is run")


def _run_prompts(text: str, page: Path, line: int, names: dict[str, object]) -> None:
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), line)
    test.globs = names
    report: list[str] = []
    failed = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=report.append, clear_globs=False).failed
    assert not failed, "".join(report)


def _as_prompts(console: str) -> str:
    """Return console lines as Python with prompts; commands other than ours are not run."""
    text: list[str] = []
    ours = False
    for line in console.rstrip().split("\n"):
        if line.startswith("$ "):
            ours = line.startswith("$ dicomsegio ") or line == "$ echo $?"
            text += [f">>> run({line[2:]!r})"] if ours else []
        elif ours:
            text.append(line or "<BLANKLINE>")
    return "\n".join(text) + "\n"


def command_line() -> Callable[[str], None]:
    """Return a function that runs a command of `dicomsegio` and prints what a terminal would show."""
    status = [0]

    def run(line: str) -> None:
        if line == "echo $?":
            print(status[0])
            return
        with redirect_stderr(sys.stdout):
            try:
                status[0] = main(shlex.split(line)[1:])
            except SystemExit as end:  # argparse, after help and wrong calls
                status[0] = int(end.code or 0)

    return run
