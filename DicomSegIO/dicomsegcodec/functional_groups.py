"""Functional groups: the frame table to and from the Per-Frame and Shared Functional Groups Sequences.

PS3.3 C.7.6.16 and C.8.20.3. All items of one object have the same few shapes,
so the writer makes the bytes of one item a plane and sets the numbers that differ
from frame to frame by columns.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .dataset_bytes import code_bytes, element, item, sequence
from .encodings import SegmentationType
from .frames import FrameTable
from .geometry import Planes
from .slides import SlideTiles

PER_FRAME_TAG = 0x52009230
DERIVATION = sequence(0x00089215, code_bytes("113076", "DCM", "Segmentation"))
PURPOSE = sequence(0x0040A170, code_bytes("121322", "DCM", "Source image for image processing operation"))


@dataclass(frozen=True, slots=True)
class SourceReference:
    """A source image that a frame is derived from, PS3.3 C.7.6.16.2.6 and table 10-3."""

    sop_class_uid: str
    sop_instance_uid: str
    frame_number: int | None = None
    locations_preserved: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class _PlaneItem:
    """The item of any frame in one plane, and where in it the numbers of the frame stand."""

    data: bytes
    dimension_at: int
    segment_at: int


def write_per_frame(
    table: FrameTable,
    planes: Planes,
    references: Sequence[Sequence[SourceReference]],
    segments: Sequence[int],
    kind: SegmentationType,
) -> bytearray:
    """Return the value of the Per-Frame Functional Groups Sequence.

    Parameters
    ----------
    references : sequence of sequences of SourceReference
        Source images of each plane.
    segments : sequence of int
        Segment Numbers, in the order in which the dimension index counts them.
    """
    labelmap = kind is SegmentationType.LABELMAP
    used = np.unique(table.plane)
    dimensions = len(_ranks(planes, used, labelmap)) + (0 if labelmap else 1)
    items = {
        plane: _plane_item(_position_group(planes, plane), references[plane], labelmap, dimensions)
        for plane in used.tolist()
    }
    length_of = np.zeros(len(planes), np.int64)
    for plane, blob in items.items():
        length_of[plane] = len(blob.data)
    lengths = length_of[table.plane]
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    buffer = bytearray().join([items[plane].data for plane in table.plane.tolist()])
    data = np.frombuffer(buffer, np.uint8)

    index = [rank[table.plane] for rank in _ranks(planes, used, labelmap)]
    if not labelmap:
        place = np.zeros(max(segments, default=0) + 1, np.int64)
        place[list(segments)] = np.arange(1, len(segments) + 1)
        index.insert(0, place[table.segment])
        _scatter(data, starts, items, table.plane, "segment_at", table.segment.astype("<u2")[:, None])
    _scatter(data, starts, items, table.plane, "dimension_at", np.stack(index, axis=1).astype("<u4"))
    return buffer


def _position_group(planes: Planes, plane: int) -> bytes:
    """Return Plane Position (Slide) Sequence; nothing where planes have no place."""
    if isinstance(planes, SlideTiles):
        x, y, z = planes.positions[plane].split("\\")
        row, column = planes.corners[plane]
        return sequence(
            0x0048021A,
            item(
                element(0x0040072A, "DS", x),
                element(0x0040073A, "DS", y),
                element(0x0040074A, "DS", z),
                element(0x0048021E, "SL", struct.pack("<i", column + 1)),
                element(0x0048021F, "SL", struct.pack("<i", row + 1)),
            ),
        )
    if not planes.located:
        return b""
    return sequence(0x00209113, item(element(0x00200032, "DS", planes.positions[plane])))


def _ranks(planes: Planes, used: np.ndarray, labelmap: bool) -> list[np.ndarray]:
    """Return, for each dimension of the planes, the index from 1 of every plane among those used."""
    if isinstance(planes, SlideTiles):
        corners = np.array(planes.corners, np.int64).reshape(-1, 2)
        return [np.searchsorted(np.unique(places[used]), places) + 1 for places in corners.T]
    if not planes.located and not labelmap:
        return []
    rank = np.zeros(len(planes), np.int64)
    rank[used[np.argsort(planes.distances_mm()[used], kind="stable")]] = np.arange(1, used.size + 1)
    return [rank]


def _plane_item(
    place: bytes, references: Sequence[SourceReference], labelmap: bool, dimensions: int
) -> _PlaneItem:
    sources = b"".join(
        item(
            element(0x00081150, "UI", source.sop_class_uid),
            element(0x00081155, "UI", source.sop_instance_uid),
            element(0x00081160, "IS", str(source.frame_number)) if source.frame_number is not None else b"",
            element(0x0028135A, "CS", "YES" if source.locations_preserved else "NO"),
            PURPOSE,
        )
        for source in references
    )
    # Derivation Image Sequence is of type 2: empty where no source lies at the plane.
    derivation = sequence(
        0x00089124, item(element(0x00082112, "SQ", sources), DERIVATION) if sources else b""
    )
    # A label map without a place has Frame Label for its dimension: the standard wants one.
    label = element(0x00209453, "LO", "Frame") if labelmap and not place else b""
    content = sequence(0x00209111, item(element(0x00209157, "UL", bytes(4 * dimensions)), label))
    segment = b"" if labelmap else sequence(0x0062000A, item(element(0x0062000B, "US", bytes(2))))
    whole = item(derivation, content, place, segment)
    dimension_at = 8 + len(derivation) + len(content) - len(label) - 4 * dimensions
    return _PlaneItem(whole, dimension_at, len(whole) - 2)


def _scatter(
    data: np.ndarray,
    starts: np.ndarray,
    items: dict[int, _PlaneItem],
    plane: np.ndarray,
    field: str,
    values: np.ndarray,
) -> None:
    """Set the bytes of `values`, one row a frame, at the place `field` of each frame's item."""
    offset = np.zeros(int(plane.max()) + 1, np.int64)
    for number, blob in items.items():
        offset[number] = getattr(blob, field)
    raw = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), -1)
    data[(starts + offset[plane])[:, None] + np.arange(raw.shape[1])] = raw
