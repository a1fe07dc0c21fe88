"""Values of attributes for rules that must not stumble over damage: what cannot be read is absent.

That it cannot be read is reported once, by the rules about encoding.
"""

from contextlib import suppress
from typing import Any

from pydicom.datadict import dictionary_description, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from ..geometry import finite_numbers
from ..lenient import DAMAGE


def element(item: Dataset, name: str | int) -> DataElement | None:
    """Return an element by keyword or tag; None where it is absent or cannot be read."""
    tag = tag_for_keyword(name) if isinstance(name, str) else name
    with suppress(*DAMAGE):
        if tag is not None and tag in item:
            return item[tag]
    return None


def value(item: Dataset, name: str | int) -> Any:
    """Return the value of an element; None where it is absent, empty or cannot be read."""
    found = element(item, name)
    return found.value if found is not None and count(found) else None


def count(found: DataElement) -> int:
    """Return how many values, or items, an element has."""
    if isinstance(found.value, (Sequence, MultiValue, list, tuple)):
        return len(found.value)
    return 0 if found.value is None or found.value in ("", b"") else 1


def values(item: Dataset, name: str | int) -> list[Any]:
    """Return the values of an element of one or several."""
    found = value(item, name)
    if found is None or isinstance(found, Sequence):
        return []
    return list(found) if isinstance(found, (MultiValue, list, tuple)) else [found]


def text(item: Dataset, name: str | int) -> str:
    """Return the value of an element as text, several joined by backslashes; empty where there is none."""
    return "\\".join(str(part) for part in values(item, name))


def whole(item: Dataset, name: str | int) -> int | None:
    """Return a whole number; None where there is none."""
    found = values(item, name)
    with suppress(*DAMAGE):
        if len(found) == 1:
            return int(found[0])
    return None


def numbers(item: Dataset, name: str | int) -> list[float]:
    """Return the numbers of an element; none where any value is something else."""
    return finite_numbers(text(item, name))


def items(item: Dataset, name: str | int) -> list[Dataset]:
    """Return the items of a sequence; none where there is none."""
    found = value(item, name)
    return list(found) if isinstance(found, Sequence) else []


def only_item(item: Dataset, name: str | int) -> Dataset | None:
    """Return the first item of a sequence."""
    found = items(item, name)
    return found[0] if found else None


def code(item: Dataset) -> tuple[str, str]:
    """Return value and scheme of a code sequence's item, PS3.3 8.8."""
    chosen = text(item, "CodeValue") or text(item, "LongCodeValue") or text(item, "URNCodeValue")
    return chosen, text(item, "CodingSchemeDesignator")


def name_of(attribute: str | int) -> str:
    """Return the name of an attribute, given by keyword or tag, as the standard writes it.

    That of a private or unknown one is its tag.
    """
    tag = tag_for_keyword(attribute) if isinstance(attribute, str) else attribute
    if tag is None:  # a keyword that is a tag already, as elements without one have
        return str(attribute)
    with suppress(KeyError):
        return dictionary_description(tag)
    return str(Tag(tag))
