"""Notice when a segmentation, one of its segments or its place changes."""

from collections.abc import Callable
from typing import Any

import slicer
import vtk
from slicer.util import VTKObservationMixin


class SegmentationObserver(VTKObservationMixin):
    """Observes one segmentation node at a time."""

    def __init__(self, changed: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._changed = changed
        self.node = None

    def observe(self, segmentationNode: Any) -> None:
        """Observe this node, or none, instead of the one before."""
        self.removeObservers()
        self.node = segmentationNode
        if segmentationNode is None:
            return
        for event in (
            vtk.vtkCommand.ModifiedEvent,
            slicer.vtkSegmentation.SegmentAdded,
            slicer.vtkSegmentation.SegmentRemoved,
            slicer.vtkSegmentation.SegmentModified,
            slicer.vtkSegmentation.RepresentationModified,
            slicer.vtkMRMLTransformableNode.TransformModifiedEvent,
        ):
            self.addObserver(segmentationNode, event, self._onEvent)

    def _onEvent(self, caller: Any, event: str) -> None:
        self._changed()
