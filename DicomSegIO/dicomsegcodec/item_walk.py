"""Where the items of a sequence, and the elements in them, start and end, PS3.5 7.5; little endian.

Explicit and implicit VR, defined and undefined lengths: walked over, where pydicom would make objects.
"""

import struct
from functools import lru_cache

import numpy as np
from pydicom.datadict import dictionary_VR

from .dataset_bytes import ITEM_END_TAG, ITEM_TAG, LONG_VRS, SEQUENCE_END_TAG, UNDEFINED_LENGTH
from .errors import ReadError

Path = tuple[int, ...]
"""Tags on the way to an element, each sequence tag followed by the item's place in it, from 0."""

Bytes = bytes | bytearray | memoryview

TAG_AND_LENGTH = struct.Struct("<HHI")
_EXPLICIT = struct.Struct("<HH2sH")
_LONG_LENGTH = struct.Struct("<I")
_ITEM_END = TAG_AND_LENGTH.pack(ITEM_END_TAG >> 16, ITEM_END_TAG & 0xFFFF, 0)
_SHORT_VRS = frozenset(
    (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL")
) | frozenset((b"SS", b"ST", b"TM", b"UI", b"UL", b"US"))
_ITEM = TAG_AND_LENGTH.pack(ITEM_TAG >> 16, ITEM_TAG & 0xFFFF, 0)[:4]
_LENGTHS_TRIED = 4


class UnusualLayout(ReadError):
    """The sequence is encoded in a way that is not walked over here; pydicom may know how to read it."""


class ItemWalk:
    """The items of one sequence, found in order, as far as its bytes are there.

    Parameters
    ----------
    implicit : bool
        Elements are in Implicit VR.
    guess : bool
        Try the lengths of other items before an item of undefined length is parsed.
    """

    def __init__(self, implicit: bool = False, *, guess: bool = True) -> None:
        self._implicit, self._guess = implicit, guess
        self._starts: list[int] = []
        self._lengths: list[int] = []
        self._seen: list[int] = []
        self.position = 0
        """Where the next item, or what follows the sequence, begins."""

    @property
    def starts(self) -> np.ndarray:
        """(items,) int64: where the value of each item begins."""
        return np.array(self._starts, np.int64)

    @property
    def lengths(self) -> np.ndarray:
        """(items,) int64: of each item's value, with its delimiter."""
        return np.array(self._lengths, np.int64)

    def go_on(self, value: Bytes) -> bool:
        """Walk to the end of the sequence, and tell whether its delimiter was found; else to the last item.

        Raises
        ------
        ReadError
            Something else stands where an item should.
        struct.error, IndexError
            The bytes end inside an item.
        """
        end = len(value)
        while self.position < end:
            group, number, length = TAG_AND_LENGTH.unpack_from(value, self.position)
            tag = group << 16 | number
            start = self.position + 8
            if tag == SEQUENCE_END_TAG:
                self.position = start
                return True
            if tag != ITEM_TAG:
                raise ReadError(
                    f"Tag {tag:08X} stands where an item of the functional groups should; the file is "
                    "damaged."
                )
            if length == UNDEFINED_LENGTH:
                length = self._undefined(value, start)
            if start + length > end:
                raise IndexError("item beyond its sequence")
            self._starts.append(start)
            self._lengths.append(length)
            self.position = start + length
        return False

    def _undefined(self, value: Bytes, start: int) -> int:
        """Return the length of an item that ends with a delimiter, which is part of it.

        Items of one sequence have few lengths, so those that were seen are tried first. The delimiter of an
        inner item, where that is found instead, is not followed by an item that begins as this one does.
        """
        first = value[start : start + 4]
        for length in self._seen:
            after = start + length
            ends = value[after - 8 : after] == _ITEM_END and value[after : after + 4] == _ITEM
            if ends and value[after + 8 : after + 12] == first:
                return length
        length = parse(value, start, UNDEFINED_LENGTH, self._implicit, {}, []) - start
        if self._guess:
            self._seen = [length, *self._seen[: _LENGTHS_TRIED - 1]]
        return length


def parse(
    data: Bytes,
    position: int,
    end: int,
    implicit: bool,
    fields: dict[Path, tuple[int, int]],
    spans: list[tuple[int, int]],
    path: Path = (),
) -> int:
    """Note the elements of a data set and its structural bytes; return the position after it.

    Parameters
    ----------
    fields : mapping of Path to (offset, length)
        Of each element's value, added to.
    spans : list of (start, end)
        Of tags, VRs and lengths, added to.
    path : Path
        Of the data set itself.

    Raises
    ------
    UnusualLayout
    struct.error, IndexError
        The bytes end inside an element.
    """
    while position < end:
        group, number, vr, length = _EXPLICIT.unpack_from(data, position)
        tag = group << 16 | number
        if group == 0xFFFE:
            spans.append((position, position + 8))
            return position + 8
        start = position + 8
        inner = implicit
        if implicit:
            length = _LONG_LENGTH.unpack_from(data, position + 4)[0]
            sequence = length == UNDEFINED_LENGTH or _is_sequence(tag)
        else:
            if vr in LONG_VRS:
                length = _LONG_LENGTH.unpack_from(data, position + 8)[0]
                start = position + 12
            elif vr not in _SHORT_VRS:
                raise UnusualLayout(f"({group:04X},{number:04X}) of the functional groups has no known VR.")
            # UN of undefined length is a sequence in implicit VR, PS3.5 6.2.2.
            inner = vr == b"UN" and length == UNDEFINED_LENGTH
            sequence = vr == b"SQ" or inner
            if length == UNDEFINED_LENGTH and not sequence:
                raise UnusualLayout(f"({group:04X},{number:04X}) of the functional groups is in fragments.")
        spans.append((position, start))
        if sequence:
            stop = UNDEFINED_LENGTH if length == UNDEFINED_LENGTH else start + length
            position = _parse_items(data, start, stop, inner, fields, spans, (*path, tag))
            continue
        position = start + length
        if position > len(data):
            raise IndexError("element beyond its item")
        fields[*path, tag] = (start, length)
    return position


def _parse_items(
    data: Bytes,
    position: int,
    end: int,
    implicit: bool,
    fields: dict[Path, tuple[int, int]],
    spans: list[tuple[int, int]],
    path: Path,
) -> int:
    count = 0
    while position < end:
        group, number, length = TAG_AND_LENGTH.unpack_from(data, position)
        spans.append((position, position + 8))
        position += 8
        if group << 16 | number == SEQUENCE_END_TAG:
            return position
        stop = UNDEFINED_LENGTH if length == UNDEFINED_LENGTH else position + length
        position = parse(data, position, stop, implicit, fields, spans, (*path, count))
        count += 1
    return position


@lru_cache(maxsize=4096)
def _is_sequence(tag: int) -> bool:
    """Tell whether a tag is that of a sequence, where no VR says so; a private one is taken for none."""
    try:
        return dictionary_VR(tag) == "SQ"
    except KeyError:
        return False
