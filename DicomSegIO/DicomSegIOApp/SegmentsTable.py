"""The table of segments: only what changed is filled anew, so that a hundred segments cost nothing."""

from collections.abc import Callable, Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from .FittingHeight import fitHeight
from .SegmentRows import SegmentRow, codingText, codingToolTip
from .Swatch import swatch

_NUMBER, _NAME, _CODING, _ALGORITHM, _VOXELS, _STATUS = range(6)
_WIDTHS = {_NUMBER: 50, _NAME: 92, _CODING: 116, _ALGORITHM: 54, _VOXELS: 54, _STATUS: 22}


class SegmentsTable:
    """A QTreeWidget with a row a segment.

    Parameters
    ----------
    checked : function of a segment ID and whether it shall be exported
        Called when the user sets or takes away a check mark.
    """

    def __init__(self, tree: Any, checked: Callable[[str, bool], None]) -> None:
        self._tree = tree
        self._checked = checked
        self._rows: list[SegmentRow] = []
        self._isFilling = False
        self.filled = 0  # rows written so far; a test holds it to what changed
        for column, width in _WIDTHS.items():
            tree.setColumnWidth(column, width)
        header = tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(_WIDTHS[_STATUS])
        header.setSectionResizeMode(_CODING, qt.QHeaderView.Stretch)
        tree.connect("itemChanged(QTreeWidgetItem*,int)", self._onItemChanged)
        self.show([])

    def show(self, rows: Sequence[SegmentRow]) -> None:
        """Show these rows."""
        rows = list(rows)
        if rows == self._rows and self._tree.visible == bool(rows):
            return
        self._isFilling = True
        isOtherLength = len(rows) != len(self._rows)
        try:
            while self._tree.topLevelItemCount > len(rows):
                self._tree.takeTopLevelItem(self._tree.topLevelItemCount - 1)
            added = [qt.QTreeWidgetItem() for _number in range(len(rows) - self._tree.topLevelItemCount)]
            known = self._rows[: len(rows)] + [None] * len(added)
            for index, (row, before) in enumerate(zip(rows, known, strict=True)):
                if row != before:
                    isNew = index >= len(rows) - len(added)
                    item = added[index - len(rows)] if isNew else self._tree.topLevelItem(index)
                    self._fill(item, index + 1, row)
            for item in added:
                self._tree.addTopLevelItem(item)
        finally:
            self._isFilling = False
        self._rows = rows
        self._tree.visible = bool(rows)
        if isOtherLength:
            fitHeight(self._tree)

    def selectedIds(self) -> tuple[str, ...]:
        """Return the segments of the selected rows."""
        return tuple(
            row.segmentId
            for index, row in enumerate(self._rows)
            if self._tree.topLevelItem(index).isSelected()
        )

    def _fill(self, item: Any, number: int, row: SegmentRow) -> None:
        self.filled += 1
        algorithm = " ".join(part for part in row.algorithm if part)
        voxels = "" if row.voxels is None else f"{row.voxels:,}" if row.voxels else _("empty")
        texts = {
            _NUMBER: (str(number), row.segmentId),
            _NAME: (row.name, row.name),
            _CODING: (codingText(row.coding), codingToolTip(row.coding)),
            _ALGORITHM: (row.algorithm[1] or _algorithmName(row.algorithm[0]), algorithm),
            _VOXELS: (voxels, ""),
            _STATUS: ("", "\n".join(row.doubts)),
        }
        for column, (text, toolTip) in texts.items():
            item.setText(column, text)
            item.setToolTip(column, toolTip)
        item.setTextAlignment(_VOXELS, qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        item.setCheckState(_NUMBER, qt.Qt.Checked if row.isChosen else qt.Qt.Unchecked)
        item.setIcon(_NAME, swatch(row.color))
        item.setIcon(_STATUS, severityIcon(self._tree, row.severity))

    def _onItemChanged(self, item: Any, column: int) -> None:
        if not self._isFilling and column == _NUMBER:
            row = self._rows[self._tree.indexOfTopLevelItem(item)]
            isChosen = item.checkState(_NUMBER) == qt.Qt.Checked
            if isChosen != row.isChosen:
                self._checked(row.segmentId, isChosen)


def severityIcon(widget: Any, severity: str) -> Any:
    """Return the style's icon of a severity; an empty one for none."""
    icons = {
        "ERROR": qt.QStyle.SP_MessageBoxCritical,
        "WARNING": qt.QStyle.SP_MessageBoxWarning,
        "NOTE": qt.QStyle.SP_MessageBoxInformation,
    }
    return widget.style().standardIcon(icons[severity]) if severity else qt.QIcon()


def _algorithmName(kind: str) -> str:
    names = {"MANUAL": _("Manual"), "SEMIAUTOMATIC": _("Semi-automatic"), "AUTOMATIC": _("Automatic")}
    return names.get(kind, kind)
