"""Character sets that no reader knows, PS3.3 C.12.1.1.2: what the texts of such an object are."""

import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from pydicom.charset import STAND_ALONE_ENCODINGS, convert_encodings, python_encoding
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from .findings import Finding, Severity

_CHARACTER_SET_TAG = 0x00080005
_UTF_8, _LATIN_1 = "ISO_IR 192", "ISO_IR 100"
_TEXT_VRS = frozenset(("SH", "LO", "ST", "LT", "PN", "UC", "UT"))
_WRITTEN = re.compile(r"ISO[ _-]?IR[ _-]?(\d+)", re.IGNORECASE)
_NAMED = {"UTF8": _UTF_8, "UNICODE": _UTF_8, "ISO88591": _LATIN_1, "LATIN1": _LATIN_1}


def unknown_terms(stated: bytes) -> bool:
    """Tell whether a value of Specific Character Set is one that pydicom would warn about."""
    terms = stated.decode("latin-1").strip("\0 ").split("\\")
    if any(term.strip() not in python_encoding for term in terms):
        return True
    return len(terms) > 1 and any(term.strip() in STAND_ALONE_ENCODINGS for term in terms)


def read_with_unknown_terms(read: Callable[[], Dataset], stated: bytes) -> tuple[Dataset, Finding]:
    """Return a header whose Specific Character Set is unknown, with one that its texts are in.

    Parameters
    ----------
    read : callable
        Reads the header anew each time.
    stated : bytes
        Value of its Specific Character Set.
    """
    found = stated.decode("latin-1").strip("\0 ")
    with warnings.catch_warnings():
        # pydicom says of each text that it does not know the character set.
        warnings.simplefilter("ignore")
        term = _meant(found) or _guessed(read())
        header = read()
    _declare(header, term)
    return header, Finding(
        Severity.WARNING,
        f"Specific Character Set is '{found}', which is none; texts are read as {term}.",
        "SpecificCharacterSet",
        "PS3.3 C.12.1.1.2",
    )


def _meant(found: str) -> str | None:
    """Return the defined term that somebody wrote in another way."""
    first = found.split("\\")[0].strip()
    if first in python_encoding and first:
        return first
    number = _WRITTEN.fullmatch(first)
    if number is not None and f"ISO_IR {number[1]}" in python_encoding:
        return f"ISO_IR {number[1]}"
    return _NAMED.get(re.sub(r"[^A-Z0-9]", "", first.upper()))


def _guessed(header: Dataset) -> str:
    """Return UTF-8 where all texts can be that, else Latin-1, in which every text is something."""
    _encode(header, ["latin-1"])
    for text in _texts(header):
        try:
            text.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return _LATIN_1
    return _UTF_8


def _declare(header: Dataset, term: str) -> None:
    """Let the texts of a header that was just read be in a character set."""
    _encode(header, convert_encodings(term))
    header[_CHARACTER_SET_TAG] = DataElement(_CHARACTER_SET_TAG, "CS", term)


def _encode(dataset: Dataset, encodings: list[str]) -> None:
    """Let texts that are not decoded yet be decoded so, and those in sequences too."""
    implicit, little = dataset.original_encoding
    dataset.set_original_encoding(implicit, little, encodings)
    for element in dataset._dict.values():
        if isinstance(element, DataElement) and element.VR == "SQ":
            for item in element.value:
                _encode(item, encodings)


def _texts(dataset: Dataset) -> Iterator[str]:
    for element in dataset.iterall():
        if element.VR in _TEXT_VRS:
            values: list[Any] = list(element.value) if element.VM > 1 else [element.value]
            yield from (str(value) for value in values if value is not None)
