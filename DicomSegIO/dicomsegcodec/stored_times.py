"""At which time point each frame of a stored segmentation is, PS3.3 C.7.6.16.2.2.6 and C.7.6.17."""

import numpy as np
from pydicom.dataset import Dataset

from .columns import FrameColumns

TIME_POINTER = 0x00209128
"""Temporal Position Index."""


def frame_times(dataset: Dataset, columns: FrameColumns, place: np.ndarray) -> np.ndarray | None:
    """Return the (frames,) time point of each frame, from 1; None where frames are not told apart by it.

    Time counts where it is a dimension of the frames, and where frames of a segment share a place.

    Parameters
    ----------
    place : (frames,) int array
        Frames of the same number lie at the same place.
    """
    pointers = [
        int(item.get("DimensionIndexPointer") or 0) for item in dataset.get("DimensionIndexSequence") or ()
    ]
    shared = np.unique(np.stack([columns.segment, place]), axis=1).shape[1] < columns.frames
    if TIME_POINTER not in pointers and not shared:
        return None
    if columns.frames and columns.time.min() > 0:
        return columns.time
    table = columns.dimensions
    if TIME_POINTER not in pointers or table is None or table.shape[1] != len(pointers):
        return None
    return table[:, pointers.index(TIME_POINTER)].astype(np.int64)
