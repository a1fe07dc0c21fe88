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
    textFilter=(str, ""),
    readOnly=(bool, False),
    useTerminologySelector=(bool, True),
    useTerminologySelectorSettingsKey=(str, "Segmentations/UseTerminologySelector"),
    terminologySelectorOptionVisible=(bool, True),
    terminologySelectorAutoDisable=(bool, True),
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
        self._hidden: tuple[str, ...] = ()
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

    def clearSelection(self) -> None:
        self._table.clearSelection()

    def setHideSegments(self, segment_ids) -> None:
        self._hidden = tuple(segment_ids)
        self._fill()

    def hideSegments(self) -> tuple[str, ...]:
        return self._hidden

    def displayedSegmentIDs(self) -> tuple[str, ...]:
        return tuple(self._segment_id(row) for row in range(self._table.rowCount))

    def choose_term(self, segment_id: str, name: str, entry: str) -> None:
        """(Host only) Do what the user does in the selector that a double-click opens."""
        if segment_id not in self.displayedSegmentIDs():
            raise ValueError(f"no row of the table is for {segment_id}")
        self.segmentAboutToBeModified.emit(segment_id)
        segment = self._node.GetSegmentation().GetSegment(segment_id)
        segment.SetTag("TerminologyEntry", entry)
        segment.SetName(name)

    def _segment_id(self, row: int) -> str:
        return self._table.item(row, self._NAME).data(QtCore.Qt.UserRole)

    def _fill(self) -> None:
        self._table.setRowCount(0)
        if self._node is None:
            return
        segmentation = self._node.GetSegmentation()
        shown = [id_ for id_ in segmentation.GetSegmentIDs() if id_ not in self._hidden]
        self._table.setRowCount(len(shown))
        for row, segment_id in enumerate(shown):
            segment = segmentation.GetSegment(segment_id)
            color = QtWidgets.QTableWidgetItem()
            color.setBackground(QtGui.QColor.fromRgbF(*segment.GetColor()))
            name = QtWidgets.QTableWidgetItem(segment.GetName())
            name.setData(QtCore.Qt.UserRole, segment_id)
            self._table.setItem(row, self._COLOR, color)
            self._table.setItem(row, self._NAME, name)
