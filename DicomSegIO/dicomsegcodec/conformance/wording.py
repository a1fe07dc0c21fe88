"""Findings as rules make them, and lists of numbers as people read them."""

from collections.abc import Iterable

from ..findings import Finding, Severity

_SHOWN = 5


def error(text: str, where: str = "", section: str = "") -> Finding:
    """Return a finding about what violates the standard, or cannot be read safely."""
    return Finding(Severity.ERROR, text, where, section)


def warning(text: str, where: str = "", section: str = "") -> Finding:
    """Return a finding about what is allowed or does no harm by itself, and misleads some programs."""
    return Finding(Severity.WARNING, text, where, section)


def note(text: str, where: str = "", section: str = "") -> Finding:
    """Return a finding that is worth knowing."""
    return Finding(Severity.NOTE, text, where, section)


def listed(values: Iterable[object]) -> str:
    """Return the first few values and how many more there are."""
    texts = [str(value) for value in values]
    if len(texts) <= _SHOWN + 1:
        return ", ".join(texts)
    return f"{', '.join(texts[:_SHOWN])} and {len(texts) - _SHOWN:,} more"


def counted(values: Iterable[object], singular: str) -> str:
    """Return the values after what they are: "frame 3", "frames 3, 5 and 7 more"."""
    texts = list(values)
    return f"{singular}{'' if len(texts) == 1 else 's'} {listed(texts)}"


def plural(number: int, singular: str) -> str:
    """Return a number of things: "1 frame", "31,200 frames"."""
    return f"{number:,} {singular}{'' if number == 1 else 's'}"
