"""What the header of a DICOM Segmentation file says, in a label and a tree of segments."""

from typing import Any

import qt
from slicer.i18n import tr as _

from .FittingHeight import fitHeight
from .Swatch import swatch

_NAME_COLUMN = 1


def showSummary(label: Any, tree: Any, description: dict[str, Any] | None) -> None:
    """Show the result of `describeFile`, or that there is none."""
    tree.clear()
    tree.visible = label.visible = description is not None
    label.text = _summary(description) if description else ""
    for segment in description["segments"] if description else ():
        item = qt.QTreeWidgetItem()
        texts = (str(segment["number"]), segment["label"], segment["category"], segment["type"])
        for column, text in enumerate(texts):
            item.setText(column, text)
            item.setToolTip(column, text)
        if segment["color"]:
            item.setIcon(_NAME_COLUMN, swatch(tuple(segment["color"])))
        tree.addTopLevelItem(item)
    for column in range(tree.columnCount):
        tree.resizeColumnToContents(column)
    fitHeight(tree)


def _summary(description: dict[str, Any]) -> str:
    names = {"BINARY": _("Binary"), "LABELMAP": _("Label map"), "FRACTIONAL": _("Fractional")}
    lines = [
        _("{type}, {count} segments").format(
            type=names.get(description["type"], description["type"]), count=len(description["segments"])
        ),
        _("{frames} frames of {columns} × {rows} pixels").format(
            frames=description["frames"], columns=description["columns"], rows=description["rows"]
        ),
        description["transferSyntax"],
    ]
    return "\n".join(lines)
