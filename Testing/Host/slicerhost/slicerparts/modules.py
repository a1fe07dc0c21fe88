"""slicer.modules: what a module object offers, for loadable modules with a logic and for scripted ones."""

from typing import Any

from PySide6 import QtGui


class LoadableModule:
    """A C++ module of which only the logic is there."""

    def __init__(self, name: str, logic: Any):
        self.name = name
        self.title = name
        self.path = ""
        self._logic = logic

    def logic(self) -> Any:
        return self._logic


class ScriptedModule:
    """qSlicerScriptedLoadableModule: the `parent` that a scripted module fills in.

    Only the properties that the real class has can be set, so that a misspelt one is found.
    """

    __slots__ = (
        "_logic",
        "_representation",
        "acknowledgementText",
        "associatedNodeTypes",
        "categories",
        "contributors",
        "dependencies",
        "helpText",
        "hidden",
        "icon",
        "index",
        "name",
        "path",
        "title",
        "widgetRepresentationCreationEnabled",
    )
    defaultDocumentationLink = ""

    def __init__(self, name: str, path: str):
        self.name = name
        self.path = path
        self.title = name
        self.categories = []
        self.dependencies = []
        self.contributors = []
        self.associatedNodeTypes = []
        self.helpText = ""
        self.acknowledgementText = ""
        self.icon = QtGui.QIcon()
        self.index = -1
        self.hidden = False
        self.widgetRepresentationCreationEnabled = True
        self._logic = None
        self._representation = None

    def logic(self) -> Any:
        return self._logic

    def widgetRepresentation(self) -> Any:
        return self._representation

    def set_representation(self, representation: Any) -> None:
        """(Host only) Remember the panel that was opened."""
        self._representation = representation

    def inherits(self, class_name: str) -> bool:
        return class_name in ("qSlicerScriptedLoadableModule", "qSlicerAbstractCoreModule", "QObject")
