"""Data elements as bytes, Explicit VR Little Endian, PS3.5 7.1.2 and 7.5.

What is repeated for every frame is put together here instead of through objects.
"""

import struct
from collections.abc import Iterable

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import correct_ambiguous_vr, write_data_element
from pydicom.tag import BaseTag

from .plain_elements import plain_element

LONG_VRS = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
UNDEFINED_LENGTH = 0xFFFFFFFF
MAX_LENGTH = 0xFFFFFFFE
ITEM_TAG, ITEM_END_TAG, SEQUENCE_END_TAG = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PADDING = {"UI": 0, "OB": 0, "UN": 0}
"""What pads a value of these VRs to even length; a space pads all others, PS3.5 6.2."""


def element_header(tag: int, vr: str, length: int, implicit_vr: bool = False) -> bytes:
    """Return tag, VR and length of an element."""
    if implicit_vr:
        return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, length)
    code = vr.encode("ascii")
    if code in LONG_VRS:
        return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, code, 0, length)
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, code, length)


def element(tag: int, vr: str, value: bytes | str) -> bytes:
    """Return an element, its value padded to even length with what its VR asks for."""
    data = value.encode("ascii") if isinstance(value, str) else value
    if len(data) % 2:
        data += bytes([PADDING.get(vr, 0x20)])
    return element_header(tag, vr, len(data)) + data


def item(*elements: bytes) -> bytes:
    """Return a sequence item of defined length."""
    value = b"".join(elements)
    return struct.pack("<HHI", ITEM_TAG >> 16, ITEM_TAG & 0xFFFF, len(value)) + value


def sequence(tag: int, *items: bytes) -> bytes:
    """Return a sequence of defined length."""
    return element(tag, "SQ", b"".join(items))


def code_bytes(value: str, scheme: str, meaning: str) -> bytes:
    """Return the item of a code sequence."""
    return item(
        element(0x00080100, "SH", value),
        element(0x00080102, "SH", scheme),
        element(0x00080104, "LO", meaning),
    )


def encode_elements(dataset: Dataset, tags: Iterable[BaseTag], implicit_vr: bool = False) -> bytes:
    """Return elements of a data set as pydicom writes them, text in the data set's character set."""
    buffer = DicomBytesIO()
    buffer.is_little_endian = True
    buffer.is_implicit_VR = implicit_vr
    charset = dataset.get("SpecificCharacterSet") or "iso8859"
    for tag in sorted(tags):
        plain = plain_element(dataset[tag], implicit_vr)
        if plain is not None:
            buffer.write(plain)
            continue
        chosen = Dataset()
        chosen[tag] = dataset[tag]
        # Pixel Representation decides between US and SS of some elements, wherever it stands.
        correct_ambiguous_vr(chosen, True, [dataset])
        write_data_element(buffer, chosen[tag], charset)
    return buffer.getvalue()
