"""slicer.ScriptedLoadableModule: the base classes of module, widget, logic and test."""

import importlib
import logging
import types
import unittest
from pathlib import Path


def _strip(name: str, suffix: str) -> str:
    return name.removesuffix(suffix)


def make_scripted(slicer: types.ModuleType, qt: types.ModuleType) -> types.ModuleType:
    """Return the module with the four base classes."""

    class ScriptedLoadableModule:
        """A module: fills in `parent` and offers the module's test."""

        def __init__(self, parent):
            super().__init__()
            self.parent = parent
            self.moduleName = type(self).__name__
            for extension in (".svg", ".png"):
                icon = Path(self.resourcePath(f"Icons/{self.moduleName}{extension}"))
                if icon.is_file():
                    parent.icon = qt.QIcon(str(icon))
                    break
            if not hasattr(slicer, "selfTests"):
                slicer.selfTests = {}
            slicer.selfTests[self.moduleName] = self.runTest

        def resourcePath(self, name):
            return str(Path(self.parent.path).parent / "Resources" / name)

        def getDefaultModuleDocumentationLink(self, docPage=None):
            return slicer.app.moduleDocumentationUrl(self.moduleName)

        def runTest(self, msec=100, **arguments):
            module = importlib.import_module(type(self).__module__)
            test = getattr(module, f"{self.moduleName}Test")()
            test.messageDelay = msec
            test.runTest(**arguments)

    class ScriptedLoadableModuleWidget:
        """A module's panel: adds its widgets to the layout of `parent`."""

        def __init__(self, parent=None):
            super().__init__()
            self.moduleName = _strip(type(self).__name__, "Widget")
            self.developerMode = False
            if parent is None:
                self.parent = slicer.qMRMLWidget()
                self.parent.setLayout(qt.QVBoxLayout())
                self.parent.setMRMLScene(slicer.mrmlScene)
            else:
                self.parent = parent
            self.layout = self.parent.layout()
            if parent is None:
                self.setup()
                self.parent.show()
            manager = slicer.app.moduleManager()
            manager.connect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

        def _onModuleAboutToBeUnloaded(self, name):
            if name == self.moduleName:
                self.cleanup()
                manager = slicer.app.moduleManager()
                manager.disconnect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

        def resourcePath(self, name):
            return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / name)

        def setup(self):
            """Nothing: the developer's section is not part of the host."""

        def cleanup(self):
            """Overridden by modules that observe something."""

        def onReload(self):
            slicer.util.reloadScriptedModule(self.moduleName)

    class ScriptedLoadableModuleLogic:
        """A module's computations, and its parameter node in the scene."""

        def __init__(self, parent=None):
            super().__init__()
            self.moduleName = _strip(type(self).__name__, "Logic")
            self.isSingletonParameterNode = True

        def getParameterNode(self):
            if self.isSingletonParameterNode:
                node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
                if node:
                    node.SetAttribute("ModuleName", self.moduleName)  # lost when the scene is closed
                    return node
            else:
                existing = self.getAllParameterNodes()
                if existing:
                    return existing[0]
            return slicer.mrmlScene.AddNode(self.createParameterNode())

        def getAllParameterNodes(self):
            nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
            return [node for node in nodes if node.GetAttribute("ModuleName") == self.moduleName]

        def createParameterNode(self):
            node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
            node.UnRegister(None)  # the Python variable owns it now
            if self.isSingletonParameterNode:
                node.SetSingletonTag(self.moduleName)
            node.SetAttribute("ModuleName", self.moduleName)
            node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
            return node

    class ScriptedLoadableModuleTest(unittest.TestCase):
        """A module's own test, which a developer starts from the panel."""

        messageDelay = 0

        def delayDisplay(self, message, requestedDelay=None, msec=None):
            logging.info(message)
            slicer.app.processEvents()

        def runTest(self):
            self.setUpClass()
            for name in [name for name in dir(self) if name.startswith("test")]:
                self.setUp()
                getattr(self, name)()
                self.tearDown()
            self.tearDownClass()

    module = types.ModuleType("slicer.ScriptedLoadableModule")
    classes = (
        ScriptedLoadableModule,
        ScriptedLoadableModuleWidget,
        ScriptedLoadableModuleLogic,
        ScriptedLoadableModuleTest,
    )
    for cls in classes:
        setattr(module, cls.__name__, cls)
    module.__all__ = [cls.__name__ for cls in classes]
    return module
