"""How many voxels segments have, and in how many planes: counted in short pieces, between the user's events.

The voxels belong to the scene, so they are counted in the main thread. A layer is counted again only after it
was modified.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import slicer

from .Pieces import Pieces

_MOST_SAMPLES = 6  # planes of a layer that are kept to see how well they compress


@dataclass
class LayerCounts:
    """What was found in one image that holds segments.

    Parameters
    ----------
    voxels, planes : dict of str to int
        By segment ID: number of voxels, and of planes that have any.
    occupied : set of int
        Planes of the image with any segment, from the first of the segmentation's grid.
    samples : list of (rows, columns) array
        Copies of some planes, spread over the image.
    """

    voxels: dict[str, int] = field(default_factory=dict)
    planes: dict[str, int] = field(default_factory=dict)
    occupied: set[int] = field(default_factory=set)
    samples: list[Any] = field(default_factory=list)


class VoxelCounts:
    """Counts the voxels of one segmentation node.

    Parameters
    ----------
    counted : function
        Called when all voxels are counted.
    """

    def __init__(self, counted: Callable[[], None]) -> None:
        self._counted = counted
        self._layers: dict[tuple[Any, ...], LayerCounts] = {}  # by image, its time and its label values
        self._pieces = Pieces()

    @property
    def isCounting(self) -> bool:
        return self._pieces.isRunning

    @property
    def layers(self) -> list[LayerCounts]:
        """What was counted; empty while something is being counted."""
        return [] if self.isCounting else list(self._layers.values())

    @property
    def voxels(self) -> dict[str, int]:
        """Voxels by segment ID; empty while something is being counted."""
        return {segmentId: count for layer in self.layers for segmentId, count in layer.voxels.items()}

    def count(self, segmentationNode: Any) -> None:
        """Count the voxels of a node, unless that is done already."""
        images = _imagesOf(segmentationNode)
        keys = [(image, image.GetMTime(), tuple(labels.items())) for image, labels in images]
        if keys == list(self._layers):
            return
        known = {} if self.isCounting else self._layers
        self._layers = {key: known.get(key) or LayerCounts() for key in keys}
        unknown = [(key, layer) for key, layer in self._layers.items() if key not in known]
        self._pieces.start(_countAll(unknown), self._counted)

    def stop(self) -> None:
        """Forget what was counted."""
        self._pieces.stop()
        self._layers = {}


def _imagesOf(segmentationNode: Any) -> list[tuple[Any, dict[str, int]]]:
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


def _countAll(layers: list[tuple[tuple[Any, ...], LayerCounts]]) -> Iterator[None]:
    for (image, modified, labels), layer in layers:
        yield from _countLayer(image, modified, dict(labels), layer)


def _countLayer(image: Any, modified: int, labels: dict[str, int], layer: LayerCounts) -> Iterator[None]:
    import numpy as np

    layer.voxels = dict.fromkeys(labels, 0)
    layer.planes = dict.fromkeys(labels, 0)
    if image.GetNumberOfPoints() == 0 or image.GetPointData().GetScalars() is None:
        return
    columns, rows, slices = image.GetDimensions()
    first = image.GetExtent()[4]
    totals = np.zeros(max(*labels.values(), 0) + 1, np.int64)
    planes = np.zeros_like(totals)
    for plane in range(slices):
        if image.GetMTime() != modified:  # somebody draws; it is counted anew later
            return
        counts = _countPlane(image, plane, rows * columns, len(totals))
        totals += counts
        planes += counts > 0
        if counts.any():
            layer.occupied.add(first + plane)
            if plane % max(1, slices // _MOST_SAMPLES) == 0:
                layer.samples.append(_planeOf(image, plane, rows * columns).reshape(rows, columns).copy())
        yield
    for segmentId, label in labels.items():
        if 0 < label < len(totals):
            layer.voxels[segmentId], layer.planes[segmentId] = int(totals[label]), int(planes[label])


def _planeOf(image: Any, plane: int, size: int) -> Any:
    """Return a view of a plane's voxels; not to be kept, because the image may be edited."""
    import numpy as np
    from vtk.util.numpy_support import get_numpy_array_type

    scalars = image.GetPointData().GetScalars()
    voxels = np.frombuffer(scalars, get_numpy_array_type(scalars.GetDataType()))
    return voxels[plane * size : (plane + 1) * size]


def _countPlane(image: Any, plane: int, size: int, values: int) -> Any:
    """Return how often each value from 1 below `values` is in a plane; others are not counted."""
    import numpy as np

    found = _planeOf(image, plane, size)
    if found.dtype.kind not in "iu":
        return np.zeros(values, np.int64)
    return np.bincount(found[(found > 0) & (found < values)], minlength=values)
