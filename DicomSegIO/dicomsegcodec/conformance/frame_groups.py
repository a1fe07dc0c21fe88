"""The functional groups of the frames, by shape and by column, PS3.3 C.7.6.16.

A rule about what is there looks at one item of each shape, a rule about values at columns; neither walks
the frames.
"""

from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from io import BytesIO
from typing import Self

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.sequence import Sequence

from ..frame_columns import FrameColumns, columns_from_bytes, columns_from_items
from ..item_layouts import LayoutGroup, Path, distinct, layout_groups
from .values import items, only_item, text, value

_DERIVATION, _SOURCE = 0x00089124, 0x00082112


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Frames whose groups have the same elements.

    Parameters
    ----------
    rows : (frames,) int array
        From 0.
    item : Dataset
        That of the first of them.
    """

    rows: np.ndarray
    item: Dataset

    @property
    def first(self) -> int:
        """Number of the first frame, from 1."""
        return int(self.rows[0]) + 1


@dataclass(frozen=True, slots=True, eq=False)
class ValueColumn:
    """The value of one element in every frame.

    Parameters
    ----------
    values : list
        The distinct ones, as bytes or as text.
    place : (frames,) int array
        Which of `values`; -1 where a frame has none.
    """

    values: list[bytes | str]
    place: np.ndarray


class FrameGroups:
    """The functional groups of all frames.

    Parameters
    ----------
    columns : FrameColumns
    shapes : list of Shape
    layouts : list of LayoutGroup
        Where the sequence was read from bytes.
    frames : sequence of Dataset
        Its items otherwise.
    """

    def __init__(
        self,
        columns: FrameColumns,
        shapes: list[Shape],
        layouts: list[LayoutGroup],
        frames: SequenceOf[Dataset],
    ) -> None:
        self.columns = columns
        self.shapes = shapes
        self._layouts = layouts
        self._frames = frames

    @property
    def count(self) -> int:
        """Number of items."""
        return self.columns.frames

    @classmethod
    def of_bytes(cls, data: bytes) -> Self:
        """Return the groups of a sequence's value in Explicit VR Little Endian.

        Raises
        ------
        ReadError, and what pydicom raises
        """
        layouts, _count = layout_groups(data)
        shapes = [
            Shape(layout.rows, read_dataset(BytesIO(layout.data[0].tobytes()), False, True))
            for layout in layouts
        ]
        return cls(columns_from_bytes(data), shapes, layouts, ())

    @classmethod
    def of_items(cls, frames: SequenceOf[Dataset]) -> Self:
        """Return the groups of items that pydicom has parsed."""
        rows: dict[tuple, list[int]] = {}
        for row, item in enumerate(frames):
            rows.setdefault(_structure(item), []).append(row)
        shapes = [Shape(np.array(found), frames[found[0]]) for found in rows.values()]
        return cls(columns_from_items(frames), shapes, [], frames)

    def column(self, group: int, attribute: int) -> ValueColumn:
        """Return the values of an attribute of a functional group, both given by tag."""
        place = np.full(self.count, -1, np.int64)
        known: dict[bytes | str, int] = {}
        path: Path = (group, 0, attribute)
        for layout in self._layouts:
            found = layout.column(path)
            if found is None or not found.shape[1]:
                continue
            texts, where = distinct(found)
            ids = np.array([known.setdefault(each, len(known)) for each in texts], np.int64)
            place[layout.rows] = ids[where]
        for row, item in enumerate(self._frames):
            inner = only_item(item, group)
            stated = text(inner, attribute) if inner is not None else ""
            if stated:
                place[row] = known.setdefault(stated, len(known))
        return ValueColumn(list(known), place)

    def source_values(self, *attributes: int) -> dict[tuple[str, ...], int]:
        """Return what source images of the frames are said to be, and the first frame, from 1, that says so.

        Parameters
        ----------
        attributes : int
            Tags in an item of Source Image Sequence; an absent one is an empty text.
        """
        found: dict[tuple[str, ...], int] = {}
        for layout in self._layouts:
            paths = {path[:4] for path in layout.fields if path[::2][:2] == (_DERIVATION, _SOURCE)}
            for path in sorted(paths):
                columns = [layout.column((*path, attribute)) for attribute in attributes]
                for each, row in _distinct_rows(columns, layout.rows):
                    found[each] = min(row + 1, found.get(each, row + 1))
        for row, item in enumerate(self._frames):
            for derivation in items(item, _DERIVATION):
                for source in items(derivation, _SOURCE):
                    found.setdefault(tuple(text(source, attribute) for attribute in attributes), row + 1)
        return found


def _distinct_rows(columns: list[np.ndarray | None], rows: np.ndarray) -> list[tuple[tuple[str, ...], int]]:
    """Return the distinct texts of some columns of bytes side by side, each with its first row."""
    there = [column for column in columns if column is not None]
    if not there:
        return []
    known, place = distinct(np.concatenate(there, axis=1))
    first = rows[np.unique(place, return_index=True)[1]]
    result = []
    for data, row in zip(known, first.tolist(), strict=True):
        texts, start = [], 0
        for column in columns:
            width = 0 if column is None else column.shape[1]
            texts.append(data[start : start + width].decode("latin-1").strip("\0 "))
            start += width
        result.append((tuple(texts), row))
    return result


def _structure(item: Dataset) -> tuple:
    """Return what two items of one shape have in common: tags, and which elements are empty."""
    parts: list[object] = []
    for tag in sorted(item.keys()):
        found = item.get_item(tag)
        if isinstance(found, RawDataElement) and found.VR not in ("SQ", None):
            parts.append((tag, found.length == 0))
            continue
        inner = value(item, tag)
        if isinstance(inner, Sequence):
            parts.append((tag, tuple(_structure(each) for each in inner)))
        else:
            parts.append((tag, inner is None))
    return tuple(parts)
