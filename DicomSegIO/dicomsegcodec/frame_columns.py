"""What the functional groups say of every frame, in columns; PS3.3 C.7.6.16 and C.8.20.3.

Read from the bytes of the Per-Frame Functional Groups Sequence where they are little
endian, and from pydicom's items otherwise; both give the same.
"""

import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.filereader import read_sequence
from pydicom.multival import MultiValue

from .columns import FrameColumns, TextColumn
from .errors import ReadError
from .item_layouts import LayoutGroup, Path, distinct, layout_groups
from .item_walk import UnusualLayout
from .lenient import DAMAGE

__all__ = ["FrameColumns", "TextColumn", "columns_from_bytes", "columns_from_items"]

_SEGMENT: Path = (0x0062000A, 0, 0x0062000B)
_POSITION = (0x00209113, 0, 0x00200032)
_ORIENTATION = (0x00209116, 0, 0x00200037)
_SPACING = (0x00289110, 0, 0x00280030)
_THICKNESS = (0x00289110, 0, 0x00180050)
_BETWEEN = (0x00289110, 0, 0x00180088)
_DIMENSIONS = (0x00209111, 0, 0x00209157)
_ROW = (0x0048021A, 0, 0x0048021F)
_COLUMN = (0x0048021A, 0, 0x0048021E)
_TIME = (0x00209111, 0, 0x00209128)
_DERIVATION, _SOURCE = 0x00089124, 0x00082112
_SOURCE_UID, _FRAME_NUMBER, _PRESERVED = 0x00081155, 0x00081160, 0x0028135A

_TEXTS = {
    "position": _POSITION,
    "orientation": _ORIENTATION,
    "spacing": _SPACING,
    "thickness": _THICKNESS,
    "between": _BETWEEN,
}


def columns_from_bytes(value: bytes | bytearray | memoryview, implicit: bool = False) -> FrameColumns:
    """Return the columns of a sequence's value in Explicit, or Implicit, VR Little Endian.

    Raises
    ------
    ReadError
    """
    try:
        groups, frames = layout_groups(value, implicit)
    except UnusualLayout:
        return columns_from_items(_items_by_pydicom(value, implicit))
    collector = _Collector(frames)
    for group in groups:
        _collect_group(group, collector)
    return collector.columns()


def _items_by_pydicom(value: bytes | bytearray | memoryview, implicit: bool) -> list[Dataset]:
    with warnings.catch_warnings():
        # pydicom makes do with items that end too early, and only warns.
        warnings.simplefilter("error")
        try:
            return list(read_sequence(BytesIO(value), implicit, True, len(value), "iso8859"))
        except (UserWarning, *DAMAGE) as error:
            raise ReadError(f"The functional groups cannot be understood ({error}).") from error


def columns_from_items(items: Sequence[Dataset]) -> FrameColumns:
    """Return the columns of functional group items that pydicom has parsed."""
    collector = _Collector(len(items))
    for frame, item in enumerate(items):
        row = np.array([frame])
        for path, name in (
            (_SEGMENT, "segment"),
            (_DIMENSIONS, "dimensions"),
            (_ROW, "row"),
            (_COLUMN, "column"),
            (_TIME, "time"),
        ):
            value = _follow(item, path)
            if value is not None:
                numbers = [int(v) for v in _list(value)]
                collector.add_numbers(name, row, np.array([numbers]))
        for name, path in _TEXTS.items():
            value = _follow(item, path)
            if value is not None:
                text = "\\".join(str(v) for v in _list(value))
                collector.add_texts(name, row, [text], np.zeros(1, np.int64))
        for derivation in item.get("DerivationImageSequence") or ():
            for source in derivation.get("SourceImageSequence") or ():
                uid = str(source.get("ReferencedSOPInstanceUID") or "")
                preserved = str(source.get("SpatialLocationsPreserved") or "YES") == "YES"
                # Several frames of one image may be named in one item.
                for number in _list(source.get("ReferencedFrameNumber") or 0):
                    collector.add_references(
                        row, [uid], np.zeros(1, np.int64), np.array([preserved]), np.array([int(number)])
                    )
    return collector.columns()


class _Collector:
    """Gathers values of some frames at a time."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._numbers: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {
            name: [] for name in ("segment", "dimensions", "row", "column", "time")
        }
        self._texts: dict[str, tuple[dict[str, int], list[np.ndarray], list[np.ndarray]]] = {}
        self._uids: dict[str, int] = {}
        self._references: list[tuple[np.ndarray, ...]] = []

    def add_numbers(self, name: str, rows: np.ndarray, values: np.ndarray) -> None:
        self._numbers[name].append((rows, values))

    def add_texts(self, name: str, rows: np.ndarray, texts: Sequence[str], place: np.ndarray) -> None:
        known, all_rows, places = self._texts.setdefault(name, ({}, [], []))
        ids = np.array([known.setdefault(text, len(known)) for text in texts], np.int64)
        all_rows.append(rows)
        places.append(ids[place])

    def add_references(
        self,
        rows: np.ndarray,
        uids: Sequence[str],
        place: np.ndarray,
        preserved: np.ndarray,
        numbers: np.ndarray,
    ) -> None:
        ids = np.array([self._uids.setdefault(uid, len(self._uids)) for uid in uids], np.int64)
        self._references.append((rows, ids[place], preserved, numbers))

    def columns(self) -> FrameColumns:
        segment, stated = np.zeros(self._frames, np.int64), np.zeros(self._frames, bool)
        for rows, values in self._numbers["segment"]:
            segment[rows] = values[:, 0]
            stated[rows] = True
        time = np.zeros(self._frames, np.int64)
        for rows, values in self._numbers["time"]:
            time[rows] = values[:, 0]
        texts = {
            name: TextColumn(tuple(known), np.concatenate(rows), np.concatenate(places))
            for name, (known, rows, places) in self._texts.items()
        }
        empty = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, np.int64))
        parts = zip(*(self._references or [empty]), strict=True)
        frame, uid, preserved, number = (np.concatenate(part) for part in parts)
        order = np.argsort(frame, kind="stable")
        return FrameColumns(
            self._frames,
            segment=segment,
            segment_stated=stated,
            dimensions=self._dimensions(),
            corners=self._corners(),
            time=time,
            texts=texts,
            reference_frame=frame[order],
            reference_uid=uid[order],
            reference_preserved=preserved[order],
            reference_number=number[order],
            uids=tuple(self._uids),
        )

    def _corners(self) -> np.ndarray | None:
        table = np.zeros((self._frames, 2), np.int64)
        for axis, name in enumerate(("row", "column")):
            for rows, values in self._numbers[name]:
                table[rows, axis] = values[:, 0]
        return table if self._frames and table.min() > 0 else None

    def _dimensions(self) -> np.ndarray | None:
        parts = self._numbers["dimensions"]
        widths = {values.shape[1] for _rows, values in parts}
        if len(widths) != 1 or sum(rows.size for rows, _values in parts) != self._frames:
            return None
        table = np.zeros((self._frames, widths.pop()), np.uint32)
        for rows, values in parts:
            table[rows] = values
        return table


def _collect_group(group: LayoutGroup, collector: _Collector) -> None:
    for path, name, dtype in (
        (_SEGMENT, "segment", "<u2"),
        (_DIMENSIONS, "dimensions", "<u4"),
        (_ROW, "row", "<i4"),
        (_COLUMN, "column", "<i4"),
        (_TIME, "time", "<u4"),
    ):
        column = group.column(path)
        if column is not None and column.shape[1]:
            collector.add_numbers(name, group.rows, np.ascontiguousarray(column).view(dtype))
    for name, path in _TEXTS.items():
        column = group.column(path)
        if column is not None and column.shape[1]:
            values, place = distinct(column)
            collector.add_texts(name, group.rows, [_text(v) for v in values], place)
    for field in group.fields:
        if field[::2] == (_DERIVATION, _SOURCE, _SOURCE_UID):
            column = group.column(field)
            if column is None:
                continue
            uids, place = distinct(column)
            stated = group.column((*field[:4], _PRESERVED))
            preserved = np.ones(len(place), bool)
            if stated is not None:
                answers, answer = distinct(stated)
                preserved = np.array([_text(a) in ("YES", "") for a in answers])[answer]
            _add_references(collector, group, field, ([_text(u) for u in uids], place), preserved)


def _add_references(
    collector: _Collector,
    group: LayoutGroup,
    uid_path: Path,
    uids: tuple[list[str], np.ndarray],
    preserved: np.ndarray,
) -> None:
    """Add the references of one source item, one for each frame number that it names."""
    column = group.column((*uid_path[:4], _FRAME_NUMBER))
    if column is None or not column.shape[1]:
        collector.add_references(group.rows, *uids, preserved, np.zeros(len(group.rows), np.int64))
        return
    texts, place = distinct(column)
    numbers = [[int(part) for part in _text(text).split("\\") if part] for text in texts]
    for position in range(max(len(n) for n in numbers)):
        named = np.array([n[position] if position < len(n) else -1 for n in numbers])[place]
        has = named >= 0
        collector.add_references(group.rows[has], uids[0], uids[1][has], preserved[has], named[has])


def _follow(item: Dataset, path: tuple[int, ...]) -> Any:
    """Return the value at a path of (sequence tag, 0, tag), or None."""
    sequence, _first, tag = path
    if sequence not in item or not item[sequence].value:
        return None
    inner = item[sequence].value[0]
    if tag not in inner or inner[tag].VM == 0:
        return None
    return inner[tag].value


def _list(value: Any) -> list[Any]:
    """Return the values of an element of one or several."""
    return list(value) if isinstance(value, (MultiValue, list, tuple)) else [value]


def _text(value: bytes) -> str:
    return "\\".join(part.strip() for part in value.decode("ascii", "replace").rstrip("\0 ").split("\\"))
