"""qMRMLNodeComboBox: the selector of nodes (Libs/MRML/Widgets/qMRMLNodeComboBox.h)."""

from typing import ClassVar

from PySide6 import QtCore, QtWidgets

from ..pythonqt.properties import DeclaredProperty
from .declared import properties
from .observers import Observers

_CREATE = "create "  # item data of the entries below the nodes: "create vtkMRML...Node"


def _type_label(node_type: str) -> str:
    """Return `ScalarVolume` for `vtkMRMLScalarVolumeNode`."""
    return node_type.removeprefix("vtkMRML").removesuffix("Node")


@properties(
    nodeTypes=(list, []),
    showHidden=(bool, False),
    showChildNodeTypes=(bool, True),
    hideChildNodeTypes=(list, []),
    baseName=(str, ""),
    noneEnabled=(bool, False),
    addEnabled=(bool, True),
    removeEnabled=(bool, True),
    editEnabled=(bool, False),
    renameEnabled=(bool, False),
    selectNodeUponCreation=(bool, True),
    noneDisplay=(str, "None"),
    interactionNodeSingletonTag=(str, ""),
    sizeAdjustPolicy=(int, 0),
)
class qMRMLNodeComboBox(QtWidgets.QWidget):
    """The nodes of the scene that have one of the types, one of them chosen."""

    currentNodeChanged = QtCore.Signal(object)
    currentNodeIDChanged = QtCore.Signal(str)
    nodeActivated = QtCore.Signal(object)
    nodeAdded = QtCore.Signal(object)
    nodeAddedByUser = QtCore.Signal(object)
    nodeAboutToBeRemoved = QtCore.Signal(object)
    SIGNALS: ClassVar = {
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "currentNodeIDChanged(QString)": "currentNodeIDChanged",
        "nodeActivated(vtkMRMLNode*)": "nodeActivated",
        "nodeAdded(vtkMRMLNode*)": "nodeAdded",
        "nodeAddedByUser(vtkMRMLNode*)": "nodeAddedByUser",
        "nodeAboutToBeRemoved(vtkMRMLNode*)": "nodeAboutToBeRemoved",
    }

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene = None
        self._observers = Observers()
        self.destroyed.connect(self._observers.stop)
        self._current_id = ""
        self._attributes: list[tuple[str, str, str | None]] = []
        self._combo_box = QtWidgets.QComboBox()
        self._combo_box.setSizeAdjustPolicy(QtWidgets.QComboBox.AdjustToMinimumContentsLengthWithIcon)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo_box)
        self.setSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Fixed)
        self._combo_box.activated.connect(self._item_activated)
        self.setEnabled(False)

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene) -> None:
        if scene is self._scene:
            return
        self._scene = scene
        self._observers.stop()
        if scene is not None:
            events = (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent)
            self._observers.start(scene, events, self._refresh)
        self.setEnabled(scene is not None)
        self._refresh()

    def nodeCount(self) -> int:
        return len(self._nodes())

    def nodeFromIndex(self, index: int):
        return self._nodes()[index]

    def currentNode(self):
        if self._scene is None or not self._current_id:
            return None
        return self._scene.GetNodeByID(self._current_id)

    def setCurrentNode(self, node) -> None:
        if isinstance(node, str):
            self._select(node)
        else:
            self._select(node.GetID() if node is not None else "")

    def setCurrentNodeID(self, node_id: str) -> None:
        self._select(node_id)

    currentNodeID = DeclaredProperty("QString", lambda self: self._current_id, setCurrentNodeID)

    def setCurrentNodeIndex(self, index: int) -> None:
        self.setCurrentNode(self.nodeFromIndex(index) if 0 <= index < self.nodeCount() else None)

    def addAttribute(self, node_type: str, name: str, value: str | None = None) -> None:
        self._attributes.append((node_type, name, value))
        self._refresh()

    def removeAttribute(self, node_type: str, name: str) -> None:
        self._attributes = [rule for rule in self._attributes if rule[:2] != (node_type, name)]
        self._refresh()

    def addNode(self, node_type: str | None = None):
        node_type = node_type or self.nodeTypes[0]
        node = self._scene.AddNewNodeByClass(node_type, self.baseName or _type_label(node_type))
        self.nodeAddedByUser.emit(node)
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        return node

    def removeCurrentNode(self) -> None:
        self._scene.RemoveNode(self.currentNode())

    def _changed(self, name: str) -> None:
        self._refresh()

    def _shows(self, node) -> bool:
        matches = node.GetClassName() in self.nodeTypes
        if self.showChildNodeTypes:
            matches = any(node.IsA(kind) for kind in self.nodeTypes)
        if not matches or node.GetClassName() in self.hideChildNodeTypes:
            return False
        if node.GetHideFromEditors() and not self.showHidden:
            return False
        rules = [rule for rule in self._attributes if node.IsA(rule[0])]
        values = [(node.GetAttribute(name), wanted) for _, name, wanted in rules]
        return all(value is not None and wanted in (None, value) for value, wanted in values)

    def _nodes(self) -> list:
        if self._scene is None:
            return []
        everything = (self._scene.GetNthNode(index) for index in range(self._scene.GetNumberOfNodes()))
        return [node for node in everything if self._shows(node)]

    def _refresh(self) -> None:
        nodes = self._nodes()
        combo_box = self._combo_box
        combo_box.clear()
        if self.noneEnabled:
            combo_box.addItem(self.noneDisplay, "")
        for node in nodes:
            combo_box.addItem(node.GetName(), node.GetID())
        if self._scene is not None and self.addEnabled:
            for node_type in self.nodeTypes:
                combo_box.addItem(f"Create new {_type_label(node_type)}", _CREATE + node_type)
        if not self.noneEnabled and self.nodeTypes:
            combo_box.setPlaceholderText(f"Select a {_type_label(self.nodeTypes[0])}")
        ids = [node.GetID() for node in nodes]
        kept = self._current_id in ids
        self._select(self._current_id if kept else "" if self.noneEnabled or not ids else ids[0])

    def _select(self, node_id: str) -> None:
        index = self._combo_box.findData(node_id)
        if index < 0:
            node_id = ""
            index = 0 if self.noneEnabled else -1
        self._combo_box.setCurrentIndex(index)
        if node_id != self._current_id:
            self._current_id = node_id
            self.currentNodeChanged.emit(self.currentNode())
            self.currentNodeIDChanged.emit(node_id)

    def _item_activated(self, index: int) -> None:
        data = self._combo_box.itemData(index)
        if data.startswith(_CREATE):
            self.addNode(data.removeprefix(_CREATE))
        else:
            self._select(data)
            self.nodeActivated.emit(self.currentNode())
