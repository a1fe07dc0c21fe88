"""What a person at the command line sees besides the result: progress, findings and errors."""

import logging
import os
import sys
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ..findings import Finding, Progress, Severity

PROGRAM = "dicomsegio"
_CLEAR_LINE = "\r\x1b[K"


class Terminal:
    """Standard error and output, as loud as they should be."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self._moving = not quiet and sys.stderr.isatty()
        self._shown = ""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # names need not fit the terminal's character set
                stream.reconfigure(errors="backslashreplace")

    def progress(self, start: float, end: float) -> Progress:
        """Return a progress function for the part of the work from `start` to `end`, of 0 to 1."""

        def show(fraction: float, stage: str) -> None:
            if self._moving:
                line = f"{stage} {start + (end - start) * min(max(fraction, 0.0), 1.0):.0%}"
                if line != self._shown:
                    sys.stderr.write(f"{_CLEAR_LINE}{line}")
                    sys.stderr.flush()
                    self._shown = line

        return show

    def clear(self) -> None:
        """Take the progress away."""
        if self._shown:
            sys.stderr.write(_CLEAR_LINE)
            self._shown = ""

    def findings(self, findings: Iterable[Finding]) -> None:
        """Show warnings and notes, each once."""
        self.clear()
        if self.quiet:
            return
        for line in dict.fromkeys(_finding_line(finding) for finding in findings):
            sys.stderr.write(f"{PROGRAM}: {line}\n")

    def done(self, text: str) -> None:
        """Say on standard output what was made."""
        self.clear()
        if not self.quiet:
            print(plain(text))

    def error(self, text: str) -> None:
        """Say why nothing was made."""
        self.clear()
        sys.stderr.write(f"{PROGRAM}: error: {plain(text)}\n")

    @property
    def colored(self) -> bool:
        """Whether standard output is a terminal that shows colours."""
        return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep pydicom's warnings to ourselves; what matters of them is among the findings."""
    logger = logging.getLogger("pydicom")
    handler = logging.NullHandler()
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"pydicom\b")
            yield
    finally:
        logger.removeHandler(handler)


def plain(text: str) -> str:
    """Return text on one line and without control characters, which could take over the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    columns = 0
    for character in text:
        if not unicodedata.combining(character):
            columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return columns


def _finding_line(finding: Finding) -> str:
    kinds = {Severity.ERROR: "problem", Severity.WARNING: "warning", Severity.NOTE: "note"}
    place = f" [{finding.where}]" if finding.where and finding.where not in finding.text else ""
    return plain(f"{kinds[finding.severity]}: {finding.text}{place}")
