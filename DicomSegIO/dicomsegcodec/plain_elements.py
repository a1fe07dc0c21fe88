"""Data elements whose encoding needs no thought, PS3.5 7.1 and 7.5: most of a header, many times over.

A header of a hundred segments and a thousand references is a few thousand small
elements. pydicom writes each through half a dozen layers; here it is one.
What is not plain (text beyond ASCII, VRs that depend on others, undefined
lengths) is left to pydicom.
"""

import struct

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import UID

_TEXTS = frozenset(("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "SH", "ST", "TM", "UC", "UR", "UT"))
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d"}
_BYTES = frozenset(("OB", "UN"))
_LONG = frozenset(("OB", "SQ", "UC", "UN", "UR", "UT"))
_PLAIN = _TEXTS | _BYTES | frozenset(_NUMBERS) | {"SQ", "UI"}
_ITEM = struct.pack("<HH", 0xFFFE, 0xE000)


def plain_element(element: DataElement | RawDataElement, implicit_vr: bool) -> bytes | None:
    """Return an element in little endian as pydicom writes it, or None where pydicom must."""
    if isinstance(element, RawDataElement) or element.VR not in _PLAIN or element.is_undefined_length:
        return None
    vr: str = element.VR
    value = _sequence(element, implicit_vr) if vr == "SQ" else _value(vr, element.value)
    tag = int(element.tag)
    if value is None or tag & 0xFFFF == 0:
        return None
    if implicit_vr:
        return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value
    if vr in _LONG:
        return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, vr.encode(), 0, len(value)) + value
    if len(value) > 0xFFFF:
        return None
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), len(value)) + value


def _sequence(element: DataElement, implicit_vr: bool) -> bytes | None:
    parts: list[bytes] = []
    for item in element.value:
        content = _item(item, implicit_vr)
        if content is None:
            return None
        parts += (_ITEM, struct.pack("<I", len(content)), content)
    return b"".join(parts)


def _item(item: Dataset, implicit_vr: bool) -> bytes | None:
    if item.is_undefined_length_sequence_item:
        return None
    elements = sorted((int(tag), element) for tag, element in item.items())
    parts: list[bytes] = []
    for _tag, element in elements:
        content = plain_element(element, implicit_vr)
        if content is None:
            return None
        parts.append(content)
    return b"".join(parts)


def _value(vr: str, value: object) -> bytes | None:
    if value is None or value == "":
        return b""
    values = value if isinstance(value, (MultiValue, list, tuple)) else (value,)
    if vr in _NUMBERS:
        if not all(isinstance(v, (int, float)) for v in values):
            return None
        return struct.pack(f"<{len(values)}{_NUMBERS[vr]}", *values)
    if vr in _BYTES:
        return value + b"\0" * (len(value) % 2) if isinstance(value, bytes) else None
    texts = [_text(v, vr in ("DS", "IS")) for v in values]
    if not all(text is not None and text.isascii() for text in texts):
        return None
    text = "\\".join(texts)  # type: ignore[arg-type]  # none is None
    return (text + ("\0" if vr == "UI" else " ") * (len(text) % 2)).encode("ascii")


def _text(value: object, number: bool) -> str | None:
    """Return the text of a value of a string VR; None where there is more to it."""
    if type(value) in (str, UID):
        return str(value)
    if not number or not isinstance(value, (int, float)):
        return None
    original = getattr(value, "original_string", None)
    return original if isinstance(original, str) else str(value)
