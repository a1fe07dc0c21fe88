"""qSlicerCoreIOManager for slicer.util.loadVolume, loadSegmentation, loadNodeFromFile and saveNode."""

import importlib
from pathlib import Path
from typing import Any, NamedTuple


class _FileType(NamedTuple):
    node_class: str
    storage_class: str


_FILE_TYPES = {
    "VolumeFile": _FileType("vtkMRMLScalarVolumeNode", "vtkMRMLVolumeArchetypeStorageNode"),
    "SegmentationFile": _FileType("vtkMRMLSegmentationNode", "vtkMRMLSegmentationStorageNode"),
}


class _ScriptedReaderParent:
    """The C++ half of a scripted reader: what the Python half is given as `parent`."""

    def __init__(self, messages):
        self.loadedNodes = []
        self._messages = messages

    def userMessages(self):
        return self._messages


class CoreIOManager:
    """Reads and writes through MRML's storage nodes, or through readers that modules bring."""

    def __init__(self, scene):
        self._scene = scene
        self._readers: dict[str, tuple[str, str]] = {}  # file type -> module, class

    def register_reader(self, module_name: str, class_name: str, file_type: str) -> None:
        """(Host only) Make the `<ModuleName>FileReader` of a module known."""
        self._readers[file_type] = (module_name, class_name)

    def fileType(self, path: str) -> str:
        return "SegmentationFile" if ".seg." in Path(path).name else "VolumeFile"

    def fileWriterFileType(self, node) -> str:
        return next(name for name, kind in _FILE_TYPES.items() if node.IsA(kind.node_class))

    def loadNodes(self, file_type: str, parameters: dict[str, Any], loaded, messages=None) -> bool:
        if file_type in self._readers:
            return self._load_scripted(file_type, parameters, loaded, messages)
        kind = _FILE_TYPES[file_type]
        path = Path(parameters["fileName"])
        node_class = "vtkMRMLLabelMapVolumeNode" if parameters.get("labelmap") else kind.node_class
        node = self._scene.AddNewNodeByClass(node_class, parameters.get("name") or path.name.split(".")[0])
        storage = self._scene.AddNewNodeByClass(kind.storage_class)
        storage.SetFileName(str(path))
        node.SetAndObserveStorageNodeID(storage.GetID())
        if not path.is_file() or not storage.ReadData(node):
            self._scene.RemoveNode(node)
            self._scene.RemoveNode(storage)
            return False
        node.CreateDefaultDisplayNodes()
        loaded.AddItem(node)
        return True

    def saveNodes(self, file_type: str, parameters: dict[str, Any], messages=None) -> bool:
        node = self._scene.GetNodeByID(parameters["nodeID"])
        node.AddDefaultStorageNode()
        node.GetStorageNode().SetFileName(parameters["fileName"])
        return bool(node.GetStorageNode().WriteData(node))

    def _load_scripted(self, file_type: str, parameters: dict[str, Any], loaded, messages) -> bool:
        module_name, class_name = self._readers[file_type]
        parent = _ScriptedReaderParent(messages)
        reader = getattr(importlib.import_module(module_name), class_name)(parent)
        if not reader.load(parameters):
            return False
        for node_id in parent.loadedNodes:
            loaded.AddItem(self._scene.GetNodeByID(node_id))
        return True
