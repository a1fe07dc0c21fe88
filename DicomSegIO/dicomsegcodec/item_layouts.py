"""Columns out of a long sequence, and into one, without an object for each item, PS3.5 7.5.

The items of one sequence have few distinct layouts. Items of equal length are
stacked to a matrix; the first is parsed, and all whose structural bytes (tags,
VRs, lengths) equal its own share the layout. A field is then a slice of columns.
Items are written the same way: one of each layout is made, copied, and its fields
set by columns.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from .dataset_bytes import PADDING
from .errors import TruncatedFile
from .item_walk import TAG_AND_LENGTH, Bytes, ItemWalk, Path, parse

__all__ = [
    "ElementColumn",
    "LayoutGroup",
    "Path",
    "distinct",
    "element_places",
    "items_like",
    "layout_groups",
]

_ITEMS_AT_ONCE = 4096
_LAYOUTS_COMPARED = 64


@dataclass(frozen=True, slots=True, eq=False)
class LayoutGroup:
    """Items of one layout.

    Parameters
    ----------
    rows : (items,) int array
        Their places in the sequence.
    fields : mapping of Path to (offset, length)
        Of each element's value.
    data : (items, bytes) uint8 array
        The items' values.
    """

    rows: np.ndarray
    fields: dict[Path, tuple[int, int]]
    data: np.ndarray

    def column(self, path: Path) -> np.ndarray | None:
        """Return the (items, length) bytes of one element, or None where the layout has none."""
        if path not in self.fields:
            return None
        offset, length = self.fields[path]
        return self.data[:, offset : offset + length]


@dataclass(frozen=True, slots=True, eq=False)
class ElementColumn:
    """The value of one element in many items, of which few differ.

    Parameters
    ----------
    values : (distinct, longest) uint8 array
        Padded to even length as their VR asks.
    lengths : (distinct,) int array
        Of the padded values.
    place : (items,) int array
        Which of `values`.
    """

    values: np.ndarray
    lengths: np.ndarray
    place: np.ndarray

    @classmethod
    def of_texts(cls, vr: str, texts: Sequence[str], place: np.ndarray) -> Self:
        """Return a column of ASCII texts."""
        data = np.array(texts, np.bytes_)
        lengths = np.strings.str_len(data)
        width = max(2, data.itemsize + data.itemsize % 2)
        values = data.astype(f"S{width}").view(np.uint8).reshape(len(data), width)
        values[np.arange(width) >= lengths[:, None]] = PADDING.get(vr, 0x20)
        return cls(values, lengths + lengths % 2, place)

    @classmethod
    def of_numbers(cls, numbers: np.ndarray) -> Self:
        """Return a column of (items,) little-endian numbers, or of (items, n) for an element of n values."""
        values = np.ascontiguousarray(numbers).view(np.uint8).reshape(len(numbers), -1)
        return cls(values, np.full(len(values), values.shape[1]), np.arange(len(values)))

    @property
    def length(self) -> np.ndarray:
        """(items,) length of each item's value."""
        return self.lengths[self.place]


def items_like(template: bytes, columns: Mapping[Path, ElementColumn], rows: np.ndarray) -> np.ndarray:
    """Return (rows, bytes): the item for each of some rows of the columns.

    Parameters
    ----------
    template : bytes
        An item, its header included, with elements of the lengths that these rows have. What it has and the
        columns have not is the same in all; what the columns have and it has not is left out.
    """
    data = np.empty((len(rows), len(template)), np.uint8)
    data[:] = np.frombuffer(template, np.uint8)
    for path, (start, length) in element_places(template).items():
        column = columns.get(path)
        if column is not None:
            data[:, start : start + length] = column.values[column.place[rows], :length]
    return data


def element_places(item: bytes) -> dict[Path, tuple[int, int]]:
    """Return where in an item, its header included, the value of each element starts, and how long it is."""
    fields: dict[Path, tuple[int, int]] = {}
    parse(item, TAG_AND_LENGTH.size, len(item), False, fields, [])
    return fields


def layout_groups(value: Bytes, implicit: bool = False) -> tuple[list[LayoutGroup], int]:
    """Return the layouts of a sequence's value and the number of items.

    Parameters
    ----------
    value : bytes-like
        Little endian.
    implicit : bool
        In Implicit VR; Explicit VR otherwise.

    Raises
    ------
    TruncatedFile
        An item ends after the sequence.
    UnusualLayout
        pydicom may know how to read it.
    ReadError
    """
    try:
        return _layout_groups(value, ItemWalk(implicit), implicit)
    except (struct.error, IndexError):
        pass  # perhaps since the length of an item was guessed wrong
    try:
        return _layout_groups(value, ItemWalk(implicit, guess=False), implicit)
    except (struct.error, IndexError) as error:
        raise TruncatedFile(
            "A functional group ends after the sequence that holds it; the file is damaged."
        ) from error


def _layout_groups(value: Bytes, items: ItemWalk, implicit: bool) -> tuple[list[LayoutGroup], int]:
    items.go_on(value)
    return list(_group(value, items.starts, items.lengths, implicit)), items.starts.size


def distinct(column: np.ndarray) -> tuple[list[bytes], np.ndarray]:
    """Return the distinct rows of (items, length) bytes and each item's place in them."""
    length = column.shape[1]
    if not length:
        return [b""], np.zeros(len(column), np.int64)
    keys = np.ascontiguousarray(column).view(f"V{length}")[:, 0].tolist()
    place: dict[bytes, int] = {}
    at = np.array([place.setdefault(key, len(place)) for key in keys], np.int64)
    return list(place), at


def _group(value: Bytes, starts: np.ndarray, lengths: np.ndarray, implicit: bool) -> Iterator[LayoutGroup]:
    data = np.frombuffer(value, np.uint8)
    order = np.argsort(lengths, kind="stable")
    cuts = np.flatnonzero(np.diff(lengths[order])) + 1
    for rows in np.split(order, cuts):
        if not rows.size:
            continue
        length = int(lengths[rows[0]])
        items = _stacked(data, starts[rows], length)
        for _ in range(_LAYOUTS_COMPARED):
            fields, structure = _structure(items[0], implicit)
            same = (items[:, structure] == items[0, structure]).all(axis=1)
            if same.all():
                yield LayoutGroup(rows, fields, items)
                break
            yield LayoutGroup(rows[same], fields, items[same])
            rows, items = rows[~same], items[~same]
        else:
            yield from _one_by_one(rows, items, implicit)


def _structure(item: np.ndarray, implicit: bool) -> tuple[dict[Path, tuple[int, int]], np.ndarray]:
    """Return the fields of an item, and the places of its structural bytes."""
    fields: dict[Path, tuple[int, int]] = {}
    spans: list[tuple[int, int]] = []
    if parse(item.tobytes(), 0, item.size, implicit, fields, spans) != item.size:
        raise IndexError("item ends elsewhere")
    return fields, np.concatenate([np.arange(*span) for span in spans]) if spans else np.zeros(0, int)


def _one_by_one(rows: np.ndarray, items: np.ndarray, implicit: bool) -> Iterator[LayoutGroup]:
    """Yield the groups of items of many layouts: to compare each with all would take their number squared."""
    known: dict[bytes, tuple[dict[Path, tuple[int, int]], list[int]]] = {}
    for at, item in enumerate(items):
        fields, structure = _structure(item, implicit)
        key = structure.tobytes() + item[structure].tobytes()
        known.setdefault(key, (fields, []))[1].append(at)
    for fields, places in known.values():
        yield LayoutGroup(rows[places], fields, items[places])


def _stacked(data: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    """Return the (items, length) bytes of items of one length; a view where they are evenly spaced."""
    step = int(starts[1] - starts[0]) if starts.size > 1 else length
    if (np.diff(starts) == step).all() and step >= length:
        first = data[starts[0] :]
        return np.lib.stride_tricks.as_strided(first, (starts.size, length), (step, 1), writeable=False)
    items = np.empty((starts.size, length), np.uint8)
    # A part at a time: the index of a byte takes eight.
    for part in range(0, starts.size, _ITEMS_AT_ONCE):
        places = starts[part : part + _ITEMS_AT_ONCE, None] + np.arange(length)
        items[part : part + _ITEMS_AT_ONCE] = data[places]
    return items
