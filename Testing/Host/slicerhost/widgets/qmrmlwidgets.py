"""qMRMLWidget, qSlicerWidget and the table of segments."""

from typing import ClassVar

from PySide6 import QtCore, QtGui, QtWidgets

from ..pythonqt.properties import DeclaredProperty
from .declared import properties
from .observers import Observers


class qMRMLWidget(QtWidgets.QWidget):
    """The base of widgets that show something of a scene (qMRMLWidget.h)."""

    mrmlSceneChanged = QtCore.Signal(object)
    SIGNALS: ClassVar = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene = None

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene) -> None:
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)


class qSlicerWidget(qMRMLWidget):
    """The same of Slicer's own base library."""


@properties(
    selectionMode=(int, 3),
    headerVisible=(bool, True),
    visibilityColumnVisible=(bool, True),
    colorColumnVisible=(bool, True),
    opacityColumnVisible=(bool, True),
    statusColumnVisible=(bool, False),
    layerColumnVisible=(bool, False),
    filterBarVisible=(bool, False),
    readOnly=(bool, False),
    useTerminologySelector=(bool, True),
    jumpToSelectedSegmentEnabled=(bool, False),
)
class qMRMLSegmentsTableView(qMRMLWidget):
    """The segments of a segmentation with colour and name (qMRMLSegmentsTableView.h)."""

    selectionChanged = QtCore.Signal(object, object)
    segmentAboutToBeModified = QtCore.Signal(str)
    SIGNALS: ClassVar = {
        "selectionChanged(QItemSelection,QItemSelection)": "selectionChanged",
        "segmentAboutToBeModified(QString)": "segmentAboutToBeModified",
    }
    _COLOR, _NAME = 0, 1

    def __init__(self, parent=None):
        super().__init__(parent)
        self._node = None
        self._observers = Observers()
        self.destroyed.connect(self._observers.stop)
        self._table = QtWidgets.QTableWidget(0, 2)
        self._table.setHorizontalHeaderLabels(["Color", "Name"])
        self._table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectRows)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table)
        model = self._table.selectionModel()
        model.selectionChanged.connect(lambda now, before: self.selectionChanged.emit(now, before))

    def segmentationNode(self):
        return self._node

    def setSegmentationNode(self, node) -> None:
        self._node = node
        self._observers.stop()
        if node is not None:
            self._observers.start(node, ["ModifiedEvent"], self._fill)
        self._fill()

    segmentCount = DeclaredProperty(int, lambda self: self._table.rowCount)

    def selectedSegmentIDs(self) -> tuple[str, ...]:
        rows = [index.row() for index in self._table.selectionModel().selectedRows()]
        return tuple(self._segment_id(row) for row in rows)

    def setSelectedSegmentIDs(self, segment_ids) -> None:
        self._table.clearSelection()
        for row in range(self._table.rowCount):
            if self._segment_id(row) in segment_ids:
                self._table.selectRow(row)

    def _segment_id(self, row: int) -> str:
        return self._table.item(row, self._NAME).data(QtCore.Qt.UserRole)

    def _fill(self) -> None:
        self._table.setRowCount(0)
        if self._node is None:
            return
        segmentation = self._node.GetSegmentation()
        self._table.setRowCount(segmentation.GetNumberOfSegments())
        for row in range(segmentation.GetNumberOfSegments()):
            segment = segmentation.GetNthSegment(row)
            color = QtWidgets.QTableWidgetItem()
            color.setBackground(QtGui.QColor.fromRgbF(*segment.GetColor()))
            name = QtWidgets.QTableWidgetItem(segment.GetName())
            name.setData(QtCore.Qt.UserRole, segmentation.GetNthSegmentID(row))
            self._table.setItem(row, self._COLOR, color)
            self._table.setItem(row, self._NAME, name)
