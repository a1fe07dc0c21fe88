"""Explicit VR Big Endian, PS3.5 7.3 and A.3, which is retired: in memory objects are little endian."""

import numpy as np
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from .byte_source import ByteSource, SwappedWords
from .findings import Finding, Severity

BIG_ENDIAN = Finding(
    Severity.NOTE,
    "The object is Explicit VR Big Endian, which is retired; in memory it is little endian.",
    "TransferSyntaxUID",
    "PS3.5 A.3",
)

# VRs whose value pydicom leaves as bytes, and the bytes of one number in it.
PIXEL_DATA_TAG, _SYNTAX_TAG = 0x7FE00010, 0x00020010
_NUMBERS = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}


def as_little_endian(dataset: Dataset) -> None:
    """Turn a data set that pydicom has read as big endian into one that it writes as little endian."""
    for element in dataset.iterall():  # which decodes what is still bytes, in sequences too
        width = _NUMBERS.get(element.VR)
        if width and isinstance(element.value, bytes) and len(element.value) % width == 0:
            element.value = swapped(element.value, width)
    _say_so(dataset)


def swapped(value: bytes, width: int = 2) -> bytes:
    """Return numbers of `width` bytes each in the other byte order."""
    return np.frombuffer(value, f"<u{width}").byteswap().tobytes()


def swapped_pixels(source: ByteSource, offset: int, vr: str, bits: int) -> ByteSource:
    """Return a source in which native Pixel Data at `offset` is little endian."""
    return SwappedWords(source, offset) if _in_words(vr, bits) else source


def _in_words(vr: str, bits: int) -> bool:
    """Tell whether Pixel Data is stored in words; OB of up to 8 bits is in the order of the file."""
    return vr == "OW" or bits > 8


def take_as_little_endian(dataset: Dataset) -> Finding:
    """Turn a whole object, its pixels included, into Explicit VR Little Endian."""
    as_little_endian(dataset)
    pixels = dataset.get(PIXEL_DATA_TAG)
    # What is OW was turned with the other elements.
    if pixels is not None and pixels.VR != "OW" and int(dataset.get("BitsAllocated") or 0) > 8:
        pixels.value = swapped(pixels.value)
    dataset.file_meta[_SYNTAX_TAG] = DataElement(_SYNTAX_TAG, "UI", ExplicitVRLittleEndian)
    return BIG_ENDIAN


def _say_so(dataset: Dataset) -> None:
    dataset.set_original_encoding(False, True, dataset.original_character_set)
    for tag in dataset.keys():  # noqa: SIM118 - a Dataset iterates over its elements
        element = dataset.get_item(tag)
        if isinstance(element, DataElement) and element.VR == "SQ":
            for item in element.value:
                _say_so(item)
