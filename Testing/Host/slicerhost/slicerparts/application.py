"""slicer.app: what of qSlicerApplication a scripted module without views can meet."""

import tempfile
from pathlib import Path
from typing import ClassVar

from PySide6 import QtCore, QtGui, QtWidgets

from ..pythonqt.properties import DeclaredProperty
from .iomanager import CoreIOManager

VERSION = (5, 12)


class ModuleManager(QtCore.QObject):
    """qSlicerModuleManager: the names of the loaded modules, and a signal before one goes."""

    moduleLoaded = QtCore.Signal(str)
    moduleAboutToBeUnloaded = QtCore.Signal(str)
    SIGNALS: ClassVar = {
        "moduleLoaded(QString)": "moduleLoaded",
        "moduleAboutToBeUnloaded(QString)": "moduleAboutToBeUnloaded",
    }

    def __init__(self):
        super().__init__()
        self._modules = {}

    def register(self, module) -> None:
        """(Host only) Make a module known."""
        self._modules[module.name] = module
        self.moduleLoaded.emit(module.name)

    def module(self, name: str):
        return self._modules.get(name)

    def modulesNames(self) -> tuple[str, ...]:
        return tuple(self._modules)


class CommandOptions:
    """qSlicerCoreCommandOptions of `Slicer --testing --no-main-window`."""

    testingEnabled = True
    noMainWindow = True
    runPythonAndExit = False


class Application(QtCore.QObject):
    """slicer.app of an application without main window that runs in testing mode."""

    startupCompleted = QtCore.Signal()
    mrmlSceneChanged = QtCore.Signal(object)
    SIGNALS: ClassVar = {
        "startupCompleted()": "startupCompleted",
        "mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged",
    }

    applicationName = "Slicer"
    mainApplicationName = "Slicer"
    applicationVersion = f"{VERSION[0]}.{VERSION[1]}.4"
    majorVersion, minorVersion = VERSION
    documentationBaseUrl = "https://slicer.readthedocs.io/en/latest/"

    def __init__(self, scene, application_logic, dicom_database):
        super().__init__()
        self._scene = scene
        self._application_logic = application_logic
        self._dicom_database = dicom_database
        self._module_manager = ModuleManager()
        self._io_manager = CoreIOManager(scene)
        self._temporary_folder = tempfile.TemporaryDirectory(prefix="slicerhost-")
        self._testing = True
        self._settings = self._make_settings()

    def _make_settings(self) -> QtCore.QSettings:
        """Keep all settings in a folder that goes with the process, never in the user's own."""
        QtCore.QSettings.setDefaultFormat(QtCore.QSettings.IniFormat)
        QtCore.QSettings.setPath(
            QtCore.QSettings.IniFormat, QtCore.QSettings.UserScope, self._temporary_folder.name
        )
        QtCore.QCoreApplication.setOrganizationName("slicerhost")
        QtCore.QCoreApplication.setApplicationName("Slicer")
        return QtCore.QSettings()

    temporaryPath = DeclaredProperty("QString", lambda self: self._temporary_folder.name)
    cachePath = DeclaredProperty("QString", lambda self: str(Path(self._temporary_folder.name) / "cache"))

    def mrmlScene(self):
        return self._scene

    def applicationLogic(self):
        return self._application_logic

    def dicomDatabase(self):
        return self._dicom_database

    def moduleManager(self) -> ModuleManager:
        return self._module_manager

    def coreIOManager(self) -> CoreIOManager:
        return self._io_manager

    ioManager = coreIOManager

    def commandOptions(self) -> CommandOptions:
        return CommandOptions()

    def testingEnabled(self) -> bool:
        return self._testing

    def setTestingEnabled(self, enabled: bool) -> None:
        """(Host only) Let a test see what a user would see, message boxes included."""
        self._testing = enabled

    def settings(self) -> QtCore.QSettings:
        return self._settings

    userSettings = settings
    revisionUserSettings = settings

    def translate(self, context: str, text: str) -> str:
        return text

    def moduleDocumentationUrl(self, name: str) -> str:
        return f"{self.documentationBaseUrl}user_guide/modules/{name.lower()}.html"

    def processEvents(self, *flags) -> None:
        QtWidgets.QApplication.processEvents(*flags)

    def style(self) -> QtWidgets.QStyle:
        return QtWidgets.QApplication.style()

    def topLevelWidgets(self) -> tuple:
        return ()

    def layoutManager(self) -> None:
        return None

    def clipboard(self) -> QtGui.QClipboard:
        return QtWidgets.QApplication.clipboard()

    def setOverrideCursor(self, cursor) -> None:
        QtWidgets.QApplication.setOverrideCursor(QtGui.QCursor(cursor))

    def restoreOverrideCursor(self) -> None:
        QtWidgets.QApplication.restoreOverrideCursor()

    def overrideCursor(self) -> QtGui.QCursor | None:
        return QtWidgets.QApplication.overrideCursor()

    def pauseRender(self) -> None:
        """Nothing is rendered here."""

    resumeRender = pauseRender
