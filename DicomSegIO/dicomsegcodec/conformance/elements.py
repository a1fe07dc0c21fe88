"""Data elements as they are stored, before anything makes sense of them, PS3.5 6 and 7.1."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydicom import charset as character_sets
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from ..lenient import DAMAGE
from .examined import Examined
from .values import text

TEXT_VRS = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))
"""VRs whose texts are in the character set of the object."""

ASCII_VRS = frozenset(("AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"))
SINGLE_VRS = frozenset(("LT", "ST", "UR", "UT"))
"""VRs in which a backslash separates nothing."""

_DELIMITERS = set(b"\\^=\r\n\t\f")


@dataclass(frozen=True, slots=True)
class StoredElement:
    """An element of the header or of a functional group.

    Parameters
    ----------
    tag : BaseTag
    keyword : str
        Its tag where the dictionary does not know it.
    vr : str
        As stated; the dictionary's where VRs are implicit.
    length : int, or None
        Bytes of the value; None where it has been decoded.
    raw : bytes, or None
    parts : tuple
        Its values where they have been decoded, of a text as it stood.
    charset : tuple of str
        Terms of the Specific Character Set that holds for it.
    damage : str
        Why it cannot be read; empty where it can.
    """

    tag: BaseTag
    keyword: str
    vr: str
    length: int | None
    raw: bytes | None
    parts: tuple[Any, ...]
    charset: tuple[str, ...]
    damage: str = ""

    def texts(self) -> list[str]:
        """Return the values of an element of text; what cannot be decoded is replaced."""
        if self.raw is None:
            return [str(part) for part in self.parts]
        data = self.raw.rstrip(b"\0 ")
        joined = decode(data, self.charset)[0] if self.vr in TEXT_VRS else data.decode("latin-1")
        return [joined] if self.vr in SINGLE_VRS else joined.split("\\")


def stored_elements(seg: Examined) -> Iterator[StoredElement]:
    """Yield every element but sound sequences; of the frames, those of one of each shape."""
    terms = _terms(seg.header, ())
    yield from _elements(seg.meta, ())
    yield from _elements(seg.header, terms)
    for shape in seg.groups.shapes if seg.groups is not None else ():
        yield from _elements(shape.item, terms)


def decode(data: bytes, terms: tuple[str, ...]) -> tuple[str, bool]:
    """Return a text, and whether the character set holds all of it."""
    encodings = [_encoding(term) for term in terms] or ["ascii"]
    if b"\x1b" in data and len(encodings) > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            joined = character_sets.decode_bytes(data, encodings, _DELIMITERS)
        return joined, "\ufffd" not in joined
    try:
        return data.decode(encodings[0]), True
    except (UnicodeError, LookupError):
        return data.decode("latin-1"), False


def _encoding(term: str) -> str:
    # The default repertoire is ASCII; pydicom takes it for Latin-1.
    if term in ("", "ISO_IR 6", "ISO 2022 IR 6"):
        return "ascii"
    return character_sets.python_encoding.get(term) or "ascii"


def _terms(dataset: Dataset, inherited: tuple[str, ...]) -> tuple[str, ...]:
    if "SpecificCharacterSet" not in dataset:
        return inherited
    return tuple(term.strip() for term in text(dataset, "SpecificCharacterSet").split("\\"))


def _elements(dataset: Dataset, inherited: tuple[str, ...]) -> Iterator[StoredElement]:
    terms = _terms(dataset, inherited)
    for tag in sorted(dataset.keys()):
        try:
            stored = dataset.get_item(tag)
        except DAMAGE as failure:  # a length of no VR that has one
            yield StoredElement(tag, _keyword(tag), "UN", None, None, (), terms, str(failure))
            continue
        vr = _vr(stored)
        if vr == "SQ":
            yield from _sequence(dataset, tag, terms)
        elif isinstance(stored, RawDataElement):
            raw = bytes(stored.value or b"")
            yield StoredElement(tag, _keyword(tag), vr, len(raw), raw, (), terms)
        else:
            yield StoredElement(tag, _keyword(tag), vr, None, None, _parts(stored), terms)


def _sequence(dataset: Dataset, tag: BaseTag, terms: tuple[str, ...]) -> Iterator[StoredElement]:
    try:
        found = dataset[tag].value
    except DAMAGE as failure:
        yield StoredElement(tag, _keyword(tag), "SQ", None, None, (), terms, str(failure))
        return
    for item in found if isinstance(found, Sequence) else ():
        yield from _elements(item, terms)


def _vr(stored: DataElement | RawDataElement) -> str:
    """Return the VR as stated, or the dictionary's where none is; the first where it leaves a choice."""
    vr = stored.VR
    if vr is None:
        try:
            vr = dictionary_VR(stored.tag)
        except KeyError:
            vr = "LO" if stored.tag.is_private_creator else "UN"
    return vr.split(" ")[0]


def _keyword(tag: BaseTag) -> str:
    return keyword_for_tag(tag) or str(tag)


def _parts(stored: DataElement) -> tuple[Any, ...]:
    """Return the values of a decoded element; decimal and integer strings as they stood."""
    value = stored.value
    if value is None or value == "":
        return ()
    parts = list(value) if isinstance(value, (MultiValue, list, tuple)) else [value]
    return tuple(getattr(part, "original_string", part) for part in parts)
