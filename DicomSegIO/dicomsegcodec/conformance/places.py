"""Where frames lie, as far as that can be known: in space, on the slide, or on a source image."""

from dataclasses import dataclass

import numpy as np

from ..frame_columns import TextColumn
from ..geometry import Planes, finite_numbers
from ..placement import near_places, same_places
from .examined import Examined
from .values import only_item, text, whole

_PER_SEGMENT_OR_PLACE = frozenset(
    (
        *(0x0062000B, 0x0062000A, 0x00200032, 0x00209113, 0x00209056, 0x00209057),
        *(0x0048021E, 0x0048021F, 0x0048021A, 0x0040072A, 0x0040073A, 0x0040074A, 0x00209453),
    )
)
"""Dimensions by which frames of one segment at one place cannot differ."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What frames state for one attribute, shared or each.

    Parameters
    ----------
    texts : tuple of str
        The distinct ones.
    everywhere : bool
        Every frame states one.
    """

    texts: tuple[str, ...]
    everywhere: bool


def stated(seg: Examined, group: str, attribute: str, column: str) -> Stated:
    """Return what frames state for a decimal string of a functional group."""
    item = only_item(seg.shared, group)
    shared = text(item, attribute) if item is not None else ""
    frames: TextColumn | None = seg.groups.columns.texts.get(column) if seg.groups is not None else None
    texts = [shared] if shared else []
    texts += [each for each in (frames.texts if frames is not None else ()) if each and each not in texts]
    number = seg.groups.count if seg.groups is not None else 0
    return Stated(tuple(texts), bool(shared) or (frames is not None and frames.rows.size == number > 0))


def frame_places(seg: Examined) -> np.ndarray | None:
    """Return (frames,) which frames lie at one place: equal numbers; None where places are unknown."""
    corners = tile_corners(seg)
    if corners is not None:
        return np.unique(_with_depth(seg, corners), axis=0, return_inverse=True)[1].reshape(-1)
    if seg.groups is None or not seg.groups.count:
        return None
    position = seg.groups.columns.texts.get("position")
    if position is not None and position.rows.size == seg.groups.count:
        points = [finite_numbers(each) for each in position.texts]
        if any(len(point) != 3 for point in points):
            return None
        near = near_places(np.array(points, np.float64), np.array(points, np.float64))
        first = np.array([min(places) for places in near], np.int64)
        place = np.zeros(seg.groups.count, np.int64)
        place[position.rows] = first[position.place]
        return place
    if position is None and not seg.has_group("PlanePositionSequence"):
        return _source_places(seg)
    return None


def tile_corners(seg: Examined) -> np.ndarray | None:
    """Return (frames, 2): row and column, from 1, of each tile's first pixel; None where unknown."""
    if not seg.implied:
        return seg.groups.columns.corners if seg.groups is not None else None
    grid = tile_grid(seg)
    if grid is None or seg.count % (grid[0] * grid[1]):
        return None
    down, across = grid
    row, column = np.indices((down, across)).reshape(2, -1)
    one = np.stack([row * seg.shape[0] + 1, column * seg.shape[1] + 1], axis=1)
    return np.tile(one, (seg.count // (down * across), 1))


def tile_grid(seg: Examined) -> tuple[int, int] | None:
    """Return how many tiles cover the total pixel matrix, down and across; None where that is unknown."""
    matrix = [whole(seg.header, f"TotalPixelMatrix{axis}") or 0 for axis in ("Rows", "Columns")]
    if min(*matrix, *seg.shape) < 1:
        return None
    return -(-matrix[0] // seg.shape[0]), -(-matrix[1] // seg.shape[1])


def _with_depth(seg: Examined, corners: np.ndarray) -> np.ndarray:
    """Return corners beside the focal plane of each tile, where planes differ."""
    if seg.implied:
        return corners  # of one focal plane, or overlaps would be found between two
    assert seg.groups is not None  # corners are theirs
    depth = seg.groups.column(0x0048021A, 0x0040074A).place
    return np.column_stack([corners, depth])


def _source_places(seg: Examined) -> np.ndarray | None:
    """Return places of frames that lie on the pixels of one source image each."""
    assert seg.groups is not None
    columns = seg.groups.columns
    frames, times = np.unique(columns.reference_frame, return_counts=True)
    if frames.size != columns.frames or (times != 1).any():
        return None
    pairs = np.column_stack([columns.reference_uid, columns.reference_number])
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)


def dimensions_that_tell_apart(seg: Examined) -> list[int]:
    """Return the dimensions by which frames of one segment at one place may differ, such as time."""
    items = seg.header.get("DimensionIndexSequence") or ()
    pointers = [whole(item, "DimensionIndexPointer") for item in items]
    return [n for n, pointer in enumerate(pointers) if pointer not in _PER_SEGMENT_OR_PLACE]


def comparable_places(seg: Examined) -> np.ndarray | None:
    """Return (frames,) which frames lie at one place at one time, and so may overlap; None where unknown."""
    place, others = frame_places(seg), dimensions_that_tell_apart(seg)
    if place is None or not others:
        return place
    table = seg.groups.columns.dimensions if seg.groups is not None else None
    if table is None or len(table) != place.size or max(others) >= table.shape[1]:
        return None
    alike = np.column_stack([place, table[:, others]])
    return np.unique(alike, axis=0, return_inverse=True)[1].reshape(-1)


def planes(seg: Examined) -> Planes | None:
    """Return the distinct planes of the frames, along the stack; None where they are no parallel planes."""
    position = stated(seg, "PlanePositionSequence", "ImagePositionPatient", "position")
    orientation = stated(seg, "PlaneOrientationSequence", "ImageOrientationPatient", "orientation")
    spacing = stated(seg, "PixelMeasuresSequence", "PixelSpacing", "spacing")
    if not position.texts or len(orientation.texts) != 1 or len(spacing.texts) != 1 or min(seg.shape) < 1:
        return None
    found = Planes(position.texts, orientation.texts[0], spacing.texts[0], seg.shape)
    return None if found.fault() else found.take(same_places(found)[0])
