"""Notice when a segmentation, one of its segments, its place or its display changes."""

from collections.abc import Callable
from typing import Any

import slicer
import vtk
from slicer.util import VTKObservationMixin


class SegmentationObserver(VTKObservationMixin):
    """Observes one segmentation node at a time.

    Parameters
    ----------
    changed, displayed : function
        Called when the segmentation, or only how it is displayed, has changed.
    """

    def __init__(self, changed: Callable[[], None], displayed: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._changed = changed
        self._displayed = displayed
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
            slicer.vtkSegmentation.SegmentsOrderModified,
            slicer.vtkSegmentation.RepresentationModified,
            slicer.vtkMRMLTransformableNode.TransformModifiedEvent,
        ):
            self.addObserver(segmentationNode, event, self._onEvent)
        self.addObserver(
            segmentationNode, slicer.vtkMRMLDisplayableNode.DisplayModifiedEvent, self._onDisplayEvent
        )

    def _onEvent(self, caller: Any, event: str) -> None:
        self._changed()

    def _onDisplayEvent(self, caller: Any, event: str) -> None:
        self._displayed()
