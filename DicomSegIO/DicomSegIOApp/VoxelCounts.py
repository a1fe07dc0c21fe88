"""How many voxels segments have, counted in short pieces between two events of the user.

The voxels belong to the scene, so they are counted in the main thread: a few slices, then Qt has its turn. A
layer is counted again only after it was modified.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import qt
import slicer

_PIECE_SECONDS = 0.02


class VoxelCounts:
    """Counts the voxels of one segmentation node.

    Parameters
    ----------
    counted : function
        Called when all voxels are counted.
    """

    def __init__(self, counted: Callable[[], None]) -> None:
        self.counts: dict[str, int] = {}  # by segment ID
        self._counted = counted
        self._state: tuple[Any, ...] = ()
        self._pieces: Iterator[None] = iter(())
        self._timer = qt.QTimer()
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self._countSome)

    @property
    def isCounting(self) -> bool:
        return bool(self._timer.active)

    def count(self, segmentationNode: Any) -> None:
        """Count the voxels of a node, or of none, unless that is done already."""
        layers = _layers(segmentationNode) if segmentationNode else []
        state = tuple((image, image.GetMTime(), tuple(labels.items())) for image, labels in layers)
        if state == self._state:
            return
        known = {entry: self.counts for entry in self._state} if not self.isCounting else {}
        self._state = state
        found: dict[str, int] = dict.fromkeys(_emptyIds(segmentationNode, layers), 0)
        for entry in state:
            for segmentId in dict(entry[2]):
                if entry in known:
                    found[segmentId] = known[entry].get(segmentId, 0)
        self.counts = found
        self._pieces = _count(
            [layer for layer, entry in zip(layers, state, strict=True) if entry not in known], found
        )
        self._timer.start()

    def stop(self) -> None:
        """Forget what was counted."""
        self._timer.stop()
        self._state, self.counts, self._pieces = (), {}, iter(())

    def _countSome(self) -> None:
        end = time.monotonic() + _PIECE_SECONDS
        for _piece in self._pieces:
            if time.monotonic() > end:
                return
        self._timer.stop()
        self._counted()


def _layers(segmentationNode: Any) -> list[tuple[Any, dict[str, int]]]:
    """Return each image that holds segments, with their label values by segment ID."""
    representation = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    segmentation = segmentationNode.GetSegmentation()
    found: dict[Any, dict[str, int]] = {}
    for segmentId in segmentation.GetSegmentIDs():
        segment = segmentation.GetSegment(segmentId)
        image = segment.GetRepresentation(representation)
        if image is not None:
            found.setdefault(image, {})[segmentId] = segment.GetLabelValue()
    return list(found.items())


def _emptyIds(segmentationNode: Any, layers: list[tuple[Any, dict[str, int]]]) -> list[str]:
    """Return the segments whose image has no voxels at all."""
    return [segmentId for image, labels in layers if not _hasVoxels(image) for segmentId in labels]


def _hasVoxels(image: Any) -> bool:
    return image.GetNumberOfPoints() > 0 and image.GetPointData().GetScalars() is not None


def _count(layers: list[tuple[Any, dict[str, int]]], found: dict[str, int]) -> Iterator[None]:
    import numpy as np
    from vtk.util.numpy_support import get_numpy_array_type

    for image, labels in layers:
        if not _hasVoxels(image):
            continue
        modified, shape = image.GetMTime(), tuple(reversed(image.GetDimensions()))
        totals = np.zeros(max(labels.values()) + 1, np.int64)
        for plane in range(shape[0]):
            if image.GetMTime() != modified:  # somebody draws; it is counted anew later
                break
            scalars = image.GetPointData().GetScalars()
            voxels = np.frombuffer(scalars, get_numpy_array_type(scalars.GetDataType()))
            size = shape[1] * shape[2]
            values = voxels[plane * size : (plane + 1) * size]
            del voxels
            if values.dtype.kind in "iu":
                # Other values may be there too; only those of segments are counted.
                inside = values[(values > 0) & (values < len(totals))]
                totals += np.bincount(inside, minlength=len(totals))
                del inside
            del values
            yield
        for segmentId, label in labels.items():
            found[segmentId] = int(totals[label]) if 0 < label < len(totals) else 0
