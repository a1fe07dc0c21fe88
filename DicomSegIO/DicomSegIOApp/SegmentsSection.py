"""The part of Export that shows the segments, lets the user choose among them and edit their codes."""

from collections.abc import Callable, Sequence
from typing import Any

from . import SegmentChoice
from .SegmentRows import segmentRows
from .SegmentsTable import SegmentsTable
from .VoxelCounts import LayerCounts, VoxelCounts

_EDITOR_PIXELS = 180


class SegmentsSection:
    """The table of segments and, below it, Slicer's own, whose double-click opens the selector of terms.

    Parameters
    ----------
    counted : function
        Called when the voxels of all segments are counted.
    """

    def __init__(self, ui: Any, counted: Callable[[], None]) -> None:
        self._ui = ui
        self._parameters: Any = None
        self._findings: Sequence[Any] = ()
        self._counts = VoxelCounts(self._onCounted)
        self._counted = counted
        self.table = SegmentsTable(ui.segmentsTreeWidget, self._onChecked)
        ui.segmentsTableView.setFixedHeight(_EDITOR_PIXELS)
        ui.segmentsTableView.visible = False
        ui.segmentsTreeWidget.connect("itemSelectionChanged()", self._showEditor)
        ui.editCodesButton.connect("toggled(bool)", self._onEditCodes)

    @property
    def isCounting(self) -> bool:
        return self._counts.isCounting

    @property
    def layers(self) -> list[LayerCounts]:
        """What was counted in the images of the segmentation; empty while it is not known."""
        return self._counts.layers

    def _onCounted(self) -> None:
        self._show()
        self._counted()

    def update(self, parameters: Any, findings: Sequence[Any]) -> None:
        """Show the segments of a parameter node, or none when it is None or has no segmentation."""
        self._parameters = parameters if parameters and parameters.segmentation else None
        self._findings = findings
        if self._parameters:
            self._counts.count(self._parameters.segmentation)
        else:
            self._counts.stop()
        self._show()
        self._showEditor()

    def _show(self) -> None:
        parameters = self._parameters
        if parameters is None:
            self.table.show([])
            return
        chosen = SegmentChoice.chosenIds(parameters)
        rows = segmentRows(
            parameters.segmentation,
            lambda id_: chosen is None or id_ in chosen,
            self._counts.voxels,
            self._findings,
        )
        self.table.show(rows)
        for widget in (self._ui.segmentsComboBox, self._ui.editCodesButton):
            widget.enabled = bool(rows)

    def _onChecked(self, segmentId: str, isChosen: bool) -> None:
        if self._parameters is not None:
            SegmentChoice.check(self._parameters, segmentId, isChosen)

    def _onEditCodes(self, isOpen: bool) -> None:
        self._ui.segmentsTableView.visible = isOpen
        self._showEditor()

    def _showEditor(self) -> None:
        """Give Slicer's table the segments of the selected rows; it costs nothing while it is closed."""
        view = self._ui.segmentsTableView
        node = self._parameters.segmentation if self._parameters else None
        view.setSegmentationNode(node if self._ui.editCodesButton.checked else None)
        if node is None or not self._ui.editCodesButton.checked:
            return
        selected = set(self.table.selectedIds())
        ids = node.GetSegmentation().GetSegmentIDs()
        view.setHideSegments([id_ for id_ in ids if selected and id_ not in selected])
