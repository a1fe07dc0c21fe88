"""The frame table: which frames exist, in stored order.

Planning a file and reading one give the same table; per-frame functional groups
are one way to write it down, PS3.3 C.7.6.17.
"""

from dataclasses import dataclass

import numpy as np

from .encodings import SegmentationType
from .errors import ArgumentError, IrregularPlanes
from .geometry import Planes
from .occupancy import LabelPlanes, Occupancy
from .placement import same_places
from .slides import SlideTiles


@dataclass(frozen=True, slots=True, eq=False)
class FrameTable:
    """One row for every stored frame; each field is a column.

    Parameters
    ----------
    segment : (frames,) uint16 array
        Segment Number, or 0 in a label map, where the pixels carry it.
    plane : (frames,) int32 array
        Index of the frame's plane, from 0, in the `Planes` that go with the table.
    """

    segment: np.ndarray
    plane: np.ndarray

    def __len__(self) -> int:
        return int(self.segment.size)


def plan_frames(
    occupancy: Occupancy | LabelPlanes, planes: Planes, kind: SegmentationType, *, keep_empty: bool
) -> FrameTable:
    """List the frames that store a segmentation: by segment, then by time point, then along the stack.

    Parameters
    ----------
    occupancy : Occupancy, or LabelPlanes for a label map
    keep_empty : bool
        Store a frame for every segment and plane, with or without a voxel. A segmentation without any
        voxel is stored so in any case, as Number of Frames must be at least 1.

    Raises
    ------
    ArgumentError
        There is no segment.
    IrregularPlanes
        Two planes are at the same place and time, so that a frame could belong to either.
    """
    if not occupancy.numbers.size:
        raise ArgumentError("There is no segment; a segmentation has at least one.")
    _refuse_doubles(planes)
    order = np.lexsort((planes.distances_mm(), planes.times))
    labelmap = kind is SegmentationType.LABELMAP
    present = occupancy.present
    taken: np.ndarray = np.atleast_2d(present.any(axis=0)) if labelmap else present
    if keep_empty or not taken.any():
        taken = np.ones_like(taken)
    segment, rank = np.nonzero(taken[:, order])
    numbers = np.zeros(1, np.uint16) if labelmap else occupancy.numbers.astype(np.uint16)
    return FrameTable(numbers[segment], order[rank].astype(np.int32))


def _refuse_doubles(planes: Planes) -> None:
    if not planes.located:
        return
    if isinstance(planes, SlideTiles):
        key = planes.corners @ [planes.matrix[1] + 1, 1]
    else:
        key = same_places(planes)[1] + len(planes) * planes.times
    _, which, counts = np.unique(key, return_inverse=True, return_counts=True)
    if counts.max(initial=0) > 1:
        twice = np.flatnonzero(which == counts.argmax())
        raise IrregularPlanes(
            f"Planes {twice[0] + 1} and {twice[1] + 1} are at the same position "
            f"({planes.positions[int(twice[0])]}); choose the images of one time point or one stack."
        )
