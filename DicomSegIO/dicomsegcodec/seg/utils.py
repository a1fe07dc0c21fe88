"""Segmentation objects taken apart by segment."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset

from ..encodings import SegmentationType
from ..stored_segments import segment_items
from .stored_dataset import StoredDataset

if TYPE_CHECKING:
    from ..stored import StoredSegmentation


def iter_segments(dataset: Dataset) -> Iterator[tuple[np.ndarray, tuple[Dataset, ...], Dataset]]:
    """Yield what a segmentation object holds of every segment, in the order of the Segment Sequence.

    Parameters
    ----------
    dataset : Segmentation or other Dataset

    Yields
    ------
    frames : (frames, rows, columns) array
        As they are stored; of a label map, masks of 0 and 1 of the frames in which the segment has a pixel.
    groups : tuple of Dataset
        Their items of the Per-Frame Functional Groups Sequence; none where the object has no such sequence,
        as TILED_FULL.
    description : Dataset
        The segment's item of the Segment Sequence.

    Raises
    ------
    ArgumentTypeError, NotSegmentation, MissingAttribute, ReadError
        It is no whole segmentation.
    """
    seg = dataset if isinstance(dataset, StoredDataset) else StoredDataset.from_dataset(dataset)
    stored = seg._stored()
    groups = dataset.get("PerFrameFunctionalGroupsSequence") or ()
    held = None
    if stored.segmentation_type is SegmentationType.LABELMAP:
        held = _labels_of_frames(stored)
    for item in segment_items(dataset):
        number = int(item.SegmentNumber)
        if held is None:
            indices = np.flatnonzero(stored.table.segment == number)
        else:
            indices = np.array([i for i, labels in enumerate(held) if number in labels], np.int64)
        frames = np.empty((len(indices), stored.rows, stored.columns), stored.frames.samples.dtype)
        for place, frame in zip(frames, stored.frames.frames(indices), strict=True):
            place[...] = frame if held is None else frame == number
        yield frames, tuple(groups[i] for i in indices.tolist()) if groups else (), item


def _labels_of_frames(stored: "StoredSegmentation") -> list[set[int]]:
    """Return the labels of every frame of a label map; each frame is read once for this."""
    frames = stored.frames.frames(np.arange(stored.number_of_frames))
    return [set(np.unique(frame).tolist()) for frame in frames]
