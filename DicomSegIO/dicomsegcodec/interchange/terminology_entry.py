"""3D Slicer's terminology entry: a segment's codes in one line of text.

    context~category~type~modifier~region context~region~region modifier

Each code is `scheme^value^meaning`, an absent one `^^`. Slicer has no escape for
its separators and keeps the line as a segment tag, where `|` ends a tag.
"""

from typing import NamedTuple

from ..segments import Code

_SEPARATORS = str.maketrans("~^|", "---")


class TerminologyEntry(NamedTuple):
    """What one entry says; the contexts are names of Slicer's lists of codes."""

    category: Code
    type: Code
    modifier: Code | None = None
    region: Code | None = None
    region_modifier: Code | None = None
    context: str = ""
    region_context: str = ""


def parse_entry(text: str) -> TerminologyEntry | None:
    """Return the codes of an entry, or None if the text is not an entry with a category and a type."""
    parts = text.split("~")
    if len(parts) != 7:
        return None
    context, category, kind, modifier, region_context, region, region_modifier = parts
    first, second = _parse_code(category), _parse_code(kind)
    if first is None or second is None:
        return None
    return TerminologyEntry(
        first,
        second,
        _parse_code(modifier),
        _parse_code(region),
        _parse_code(region_modifier),
        context,
        region_context,
    )


def write_entry(entry: TerminologyEntry) -> str:
    """Return the text of an entry; the separators ~ ^ | become a hyphen and control characters a space."""
    parts = (
        _clean(entry.context),
        _write_code(entry.category),
        _write_code(entry.type),
        _write_code(entry.modifier),
        _clean(entry.region_context),
        _write_code(entry.region),
        _write_code(entry.region_modifier),
    )
    return "~".join(parts)


def _parse_code(text: str) -> Code | None:
    parts = text.split("^")
    if len(parts) != 3 or not (parts[0] and parts[1]):
        return None
    scheme, value, meaning = parts
    return Code(value, scheme, meaning)


def _write_code(code: Code | None) -> str:
    if code is None:
        return "^^"
    return "^".join(_clean(part) for part in (code.scheme_designator, code.value, code.meaning))


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text.translate(_SEPARATORS))
