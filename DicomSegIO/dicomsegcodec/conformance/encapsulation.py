"""Fragments of compressed frames, and the tables of where they start, PS3.5 A.4 and PS3.3 C.7.6.3.1.8."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..codecs.encapsulation import EXTENDED_OFFSET_TABLE_LENGTHS_TAG, EXTENDED_OFFSET_TABLE_TAG
from ..dataset_bytes import ITEM_TAG, SEQUENCE_END_TAG
from ..findings import Finding
from .examined import Examined, PixelElement
from .values import value
from .wording import counted, error, plural

_HEADER = struct.Struct("<HHI")
_ONE_FRAGMENT = {"RLELossless": "PS3.5 A.4.2", "DeflatedImageFrameCompression": "PS3.5 A.4.13"}


@dataclass(frozen=True, slots=True, eq=False)
class _Items:
    """Items of encapsulated Pixel Data.

    Parameters
    ----------
    table : bytes
        Basic Offset Table.
    starts : (fragments,) int64 array
        From the first byte after that table, as offsets count.
    lengths : (fragments,) int64 array
    ended : bool
        A delimiter follows the last one.
    whole : bool
        They could be followed to the end.
    """

    table: bytes
    starts: np.ndarray
    lengths: np.ndarray
    ended: bool
    whole: bool


def fragments(seg: Examined) -> Iterator[Finding]:
    if seg.pixels is None or not seg.pixels.fragmented:
        return
    found = _items(seg.pixels)
    if found is None:
        return
    if found.whole and not found.ended and seg.in_file:
        yield error("Pixel Data ends without a delimiter.", "PixelData", "PS3.5 A.4")
    for wrong, how in ((found.lengths % 2 == 1, "an odd length"), (found.lengths == 0, "no bytes")):
        if wrong.any():
            places = (np.flatnonzero(wrong) + 1).tolist()
            yield error(
                f"{counted(places, 'Fragment')} of Pixel Data {'has' if len(places) == 1 else 'have'} {how}; "
                "a fragment has an even number of bytes, at least 2.",
                "PixelData",
                "PS3.5 A.4",
            )
    section = _ONE_FRAGMENT.get(seg.syntax.keyword) if seg.syntax is not None else None
    if section and found.whole and found.starts.size > seg.count:
        yield error(
            f"Pixel Data has {plural(found.starts.size, 'fragment')} for {plural(seg.count, 'frame')}; each "
            "must be one fragment.",
            "PixelData",
            section,
        )
    yield from _tables(seg, found)


def _tables(seg: Examined, found: _Items) -> Iterator[Finding]:
    basic = np.frombuffer(found.table[: len(found.table) // 4 * 4], "<u4").astype(np.uint64)
    extended = _numbers(seg, EXTENDED_OFFSET_TABLE_TAG)
    lengths = _numbers(seg, EXTENDED_OFFSET_TABLE_LENGTHS_TAG)
    if found.table:
        yield from _offsets(seg, found, basic, "The Basic Offset Table", "PixelData", "PS3.5 A.4")
    section = "PS3.3 C.7.6.3.1.8"
    if extended is None:
        return
    yield from _offsets(seg, found, extended, "The Extended Offset Table", "ExtendedOffsetTable", section)
    if found.table:
        yield error(
            "There is an Extended Offset Table and the Basic Offset Table is not empty.",
            "ExtendedOffsetTable",
            section,
        )
    if lengths is None:
        yield error(
            "Extended Offset Table Lengths is missing.", "ExtendedOffsetTableLengths", "PS3.3 C.7.6.3"
        )
    elif found.whole and found.starts.size == lengths.size:
        # Lengths are those of the frames, which a fragment pads to even ones.
        short = (lengths > found.lengths.astype(np.uint64)) | (lengths + 1 < found.lengths.astype(np.uint64))
        if short.any():
            yield error(
                f"Extended Offset Table Lengths says {int(lengths[short][0])} bytes of frame "
                f"{int(np.flatnonzero(short)[0]) + 1}, whose fragment has {int(found.lengths[short][0])}.",
                "ExtendedOffsetTableLengths",
                section,
            )
    elif lengths.size != seg.count:
        yield error(
            f"Extended Offset Table Lengths has {lengths.size:,} entries for {plural(seg.count, 'frame')}.",
            "ExtendedOffsetTableLengths",
            section,
        )


def _offsets(
    seg: Examined, found: _Items, table: np.ndarray, name: str, where: str, section: str
) -> Iterator[Finding]:
    """One entry a frame, ascending from 0, each where a fragment starts."""
    if table.size != seg.count:
        yield error(f"{name} has {table.size:,} entries for {plural(seg.count, 'frame')}.", where, section)
        return
    missed = ~np.isin(table, found.starts.astype(np.uint64))
    if found.whole and missed.any():
        frame = int(np.flatnonzero(missed)[0]) + 1
        yield error(
            f"{name} says that frame {frame} starts at byte {int(table[frame - 1]):,}, where no fragment does"
            f" ({plural(int(missed.sum()), 'frame')} in all).",
            where,
            section,
        )
    elif (table[1:] <= table[:-1]).any() or table[0] != 0:
        yield error(f"The entries of {name[0].lower()}{name[1:]} do not ascend from 0.", where, section)


def _numbers(seg: Examined, tag: int) -> np.ndarray | None:
    data = value(seg.header, tag)
    if not isinstance(data, (bytes, bytearray)):
        return None
    return np.frombuffer(data[: len(data) // 8 * 8], "<u8")


def _items(pixels: PixelElement) -> _Items | None:
    """Follow the items of encapsulated Pixel Data; None where they do not even begin."""
    size = pixels.source.size
    with pixels.source.opened() as read_at:

        def header(place: int) -> tuple[int, int] | None:
            if place + _HEADER.size > size:
                return None
            group, number, length = _HEADER.unpack(read_at(place, _HEADER.size))
            return group << 16 | number, length

        first = header(pixels.offset)
        if first is None or first[0] != ITEM_TAG or pixels.offset + _HEADER.size + first[1] > size:
            return None
        table = bytes(read_at(pixels.offset + _HEADER.size, first[1]))
        start = place = pixels.offset + _HEADER.size + first[1]
        starts: list[int] = []
        lengths: list[int] = []
        ended = False
        while (item := header(place)) is not None:
            tag, length = item
            ended = tag == SEQUENCE_END_TAG
            if tag != ITEM_TAG or place + _HEADER.size + length > size:
                break
            starts.append(place - start)
            lengths.append(length)
            place += _HEADER.size + length
    whole = ended or place == size
    return _Items(table, np.array(starts, np.int64), np.array(lengths, np.int64), ended, whole)


RULES = (fragments,)
