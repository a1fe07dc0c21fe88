"""Functional groups: the frame table to and from the Per-Frame and Shared Functional Groups Sequences.

PS3.3 C.7.6.16 and C.8.20.3. The items of one object have few layouts: the writer makes one item of
each, sets by columns what differs from plane to plane, joins the items of the planes in the order of
the frames, and sets what differs from frame to frame by columns again.
"""

from collections.abc import Sequence

import numpy as np

from .dataset_bytes import element, item, sequence
from .encodings import SegmentationType
from .frames import FrameTable
from .geometry import Planes
from .item_layouts import ElementColumn, Path, element_places, items_like
from .placement import same_places
from .slides import SlideTiles
from .source_references import SourceReferences

PER_FRAME_TAG = 0x52009230

_FRAMES_AT_ONCE = 4096

_POSITION: Path = (0x00209113, 0, 0x00200032)
_OFFSETS: tuple[Path, ...] = tuple((0x0048021A, 0, tag) for tag in (0x0040072A, 0x0040073A, 0x0040074A))
_ROW: Path = (0x0048021A, 0, 0x0048021F)
_COLUMN: Path = (0x0048021A, 0, 0x0048021E)
_TIME: Path = (0x00209111, 0, 0x00209128)
_DIMENSIONS: Path = (0x00209111, 0, 0x00209157)
_SEGMENT: Path = (0x0062000A, 0, 0x0062000B)


def write_per_frame(
    table: FrameTable,
    planes: Planes,
    references: SourceReferences,
    segments: Sequence[int],
    kind: SegmentationType,
) -> bytearray:
    """Return the value of the Per-Frame Functional Groups Sequence.

    Parameters
    ----------
    segments : sequence of int
        Segment Numbers, in the order in which the dimension index counts them.
    """
    labelmap = kind is SegmentationType.LABELMAP
    index = [rank[table.plane] for rank in _ranks(planes, np.unique(table.plane), labelmap)]
    if not labelmap:
        place = np.zeros(max(segments, default=0) + 1, np.int64)
        place[list(segments)] = np.arange(1, len(segments) + 1)
        index.insert(0, place[table.segment])
    dimensions = np.stack(index, axis=1).astype("<u4")
    numbers = None if labelmap else table.segment.astype("<u2")
    items = _Items(planes, references)
    value = bytearray()
    for first in range(0, len(table), _FRAMES_AT_ONCE):
        part = slice(first, first + _FRAMES_AT_ONCE)
        value += items.of_frames(
            table.plane[part], dimensions[part], None if numbers is None else numbers[part]
        )
    return value


def _ranks(planes: Planes, used: np.ndarray, labelmap: bool) -> list[np.ndarray]:
    """Return, for each dimension of the planes, the index from 1 of every plane among those used."""
    if isinstance(planes, SlideTiles):
        return [_dense(places, used) for places in planes.corners.T]
    place = np.zeros(len(planes), np.int64)
    if not planes.located:
        return [_dense(place, used)] if labelmap else []
    place[used] = same_places(planes.take(used))[1]
    times = [_dense(planes.times, used)] if planes.time_points else []
    return [*times, _dense(place, used)]


def _dense(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Return the rank of values, from 1 and without gaps, among those that are used."""
    return np.searchsorted(np.unique(values[used]), values) + 1


class _Items:
    """The items of frames."""

    def __init__(self, planes: Planes, references: SourceReferences) -> None:
        self._planes, self._references = planes, references
        columns = _place_columns(planes)
        derived, layout = references.columns(len(planes))
        self._columns = columns | derived
        self._layout = [*layout, *(column.length for column in columns.values())]

    def of_frames(self, plane: np.ndarray, dimensions: np.ndarray, segment: np.ndarray | None) -> bytearray:
        """Return the items of frames.

        Parameters
        ----------
        plane : (frames,) int array
        dimensions : (frames, dimensions) uint32 array
            Dimension Index Values.
        segment : (frames,) uint16 array, optional
            Referenced Segment Number; none in a label map.
        """
        used, which = np.unique(plane, return_inverse=True)
        items = [memoryview(b"")] * len(used)
        length, dimensions_at, segment_at = np.zeros((3, len(used)), np.int64)
        for rows in _alike([column[used] for column in self._layout]):
            template = self._item(int(used[rows[0]]), dimensions.shape[1], segment is not None)
            data = memoryview(items_like(template, self._columns, used[rows]).reshape(-1))
            size, places = len(template), element_places(template)
            for number, row in enumerate(rows.tolist()):
                items[row] = data[number * size : (number + 1) * size]
            length[rows] = size
            dimensions_at[rows] = places[_DIMENSIONS][0]
            segment_at[rows] = 0 if segment is None else places[_SEGMENT][0]
        value = bytearray().join([items[row] for row in which.tolist()])
        starts = np.cumsum(length[which]) - length[which]
        _scatter(value, starts + dimensions_at[which], dimensions)
        if segment is not None:
            _scatter(value, starts + segment_at[which], segment)
        return value

    def _item(self, plane: int, dimensions: int, segmented: bool) -> bytes:
        """Return the item of a frame in a plane, with zeros for the numbers that are set by columns."""
        identification = sequence(0x0062000A, item(element(0x0062000B, "US", bytes(2))))
        return item(
            self._references.group(plane),
            _content_group(self._planes, dimensions, labelmap=not segmented),
            _position_group(self._planes, plane),
            identification if segmented else b"",
        )


def _place_columns(planes: Planes) -> dict[Path, ElementColumn]:
    """Return what says in an item where, and at what time, its plane is."""
    columns = {}
    if isinstance(planes, SlideTiles):
        offsets = planes.positions
        for axis, path in enumerate(_OFFSETS):
            columns[path] = ElementColumn.of_texts("DS", offsets.texts[axis], offsets.place[:, axis])
        columns[_ROW] = ElementColumn.of_numbers((planes.corners[:, 0] + 1).astype("<i4"))
        columns[_COLUMN] = ElementColumn.of_numbers((planes.corners[:, 1] + 1).astype("<i4"))
    elif planes.located:
        columns[_POSITION] = ElementColumn.of_texts("DS", planes.positions, np.arange(len(planes)))
    if planes.time_points:
        columns[_TIME] = ElementColumn.of_numbers(planes.times.astype("<u4"))
    return columns


def _position_group(planes: Planes, plane: int) -> bytes:
    """Return Plane Position (Slide) Sequence; nothing where planes have no place."""
    if isinstance(planes, SlideTiles):
        x, y, z = planes.positions[plane].split("\\")
        return sequence(
            0x0048021A,
            item(
                element(0x0040072A, "DS", x),
                element(0x0040073A, "DS", y),
                element(0x0040074A, "DS", z),
                element(0x0048021E, "SL", bytes(4)),
                element(0x0048021F, "SL", bytes(4)),
            ),
        )
    if not planes.located:
        return b""
    return sequence(0x00209113, item(element(0x00200032, "DS", planes.positions[plane])))


def _content_group(planes: Planes, dimensions: int, *, labelmap: bool) -> bytes:
    """Return Frame Content Sequence."""
    time = element(0x00209128, "UL", bytes(4)) if planes.time_points else b""
    index = element(0x00209157, "UL", bytes(4 * dimensions))
    # A label map without a place has Frame Label for its dimension: the standard wants one.
    label = element(0x00209453, "LO", "Frame") if labelmap and not planes.located else b""
    return sequence(0x00209111, item(time, index, label))


def _alike(columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return groups of rows in which columns of small numbers are alike."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        if (column != column[0]).any():
            # Numbered anew, so that keys stay as small as there are groups.
            key = np.unique(key * (int(column.max()) + 1) + column, return_inverse=True)[1]
    order = np.argsort(key, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def _scatter(value: bytearray, starts: np.ndarray, columns: np.ndarray) -> None:
    """Set the bytes of `columns`, one row a frame, where each frame's starts."""
    raw = np.ascontiguousarray(columns).view(np.uint8).reshape(len(columns), -1)
    np.frombuffer(value, np.uint8)[starts[:, None] + np.arange(raw.shape[1])] = raw
