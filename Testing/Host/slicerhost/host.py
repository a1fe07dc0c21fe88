"""Put everything together: `import slicer, qt, ctk` work as in Slicer's Python console."""

import importlib
import sys
import types
from typing import Any

from . import environment, faults

_EVENTS_TO_SETTLE = 5


def install() -> types.ModuleType:
    """Make the process a Slicer without main window and return the `slicer` module; once is enough."""
    application = environment.application()
    import slicer

    if hasattr(slicer, "app"):
        return slicer
    faults.watch()
    _install_qt(slicer)
    scene, application_logic = _make_scene(slicer)
    _make_logics(slicer, scene, application_logic)
    _install_application(slicer, scene, application_logic)
    _install_python_parts(slicer)
    slicer.app.qapplication = application  # kept alive
    return slicer


def reset() -> None:
    """Bring scene, settings, DICOM database and testing mode back to their state after `install`."""
    import slicer

    slicer.mrmlScene.Clear(0)
    slicer.app.settings().clear()
    slicer.dicomDatabase.clear()
    slicer.app.setTestingEnabled(True)
    slicer.packaging.calls.clear()
    for _ in range(_EVENTS_TO_SETTLE):
        slicer.app.processEvents()


def _install_qt(slicer: types.ModuleType) -> None:
    from .pythonqt.module import make_qt
    from .widgets import CTK_WIDGETS, SLICER_WIDGETS

    ctk = types.ModuleType("ctk")
    vars(ctk).update(CTK_WIDGETS)
    sys.modules["qt"] = make_qt(CTK_WIDGETS | SLICER_WIDGETS)
    sys.modules["ctk"] = ctk
    for name, widget in SLICER_WIDGETS.items():
        setattr(slicer, name, widget)


def _make_scene(slicer: types.ModuleType) -> tuple[Any, Any]:
    import vtk

    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerApplicationLogic()
    logic.SetMRMLScene(scene)
    colors = logic.GetColorLogic()
    colors.SetMRMLScene(scene)
    colors.AddDefaultColorNodes()
    logic.SetSliceLogics(vtk.vtkCollection())
    logic.SetViewLogics(vtk.vtkCollection())
    slicer.mrmlScene = scene
    return scene, logic


def _make_logics(slicer: types.ModuleType, scene: Any, application_logic: Any) -> None:
    """Create slicer.modules with the logics that belong to segmentations and volumes."""
    from .slicerparts.modules import LoadableModule

    modules = types.ModuleType("slicer.modules")
    names = types.ModuleType("slicer.moduleNames")
    slicer.modules = sys.modules["slicer.modules"] = modules
    slicer.moduleNames = sys.modules["slicer.moduleNames"] = names
    logics = {
        "Colors": application_logic.GetColorLogic(),  # first: the logic of volumes asks for it
        "Volumes": slicer.vtkSlicerVolumesLogic(),
        "SubjectHierarchy": slicer.vtkSlicerSubjectHierarchyModuleLogic(),
        "Segmentations": slicer.vtkSlicerSegmentationsModuleLogic(),
    }
    for name, logic in logics.items():
        logic.SetMRMLScene(scene)
        logic.SetMRMLApplicationLogic(application_logic)
        application_logic.SetModuleLogic(name, logic)
        setattr(modules, name.lower(), LoadableModule(name, logic))
        setattr(names, name, name)


def _install_application(slicer: types.ModuleType, scene: Any, application_logic: Any) -> None:
    from .slicerparts.application import Application
    from .slicerparts.dicomdatabase import DicomDatabase
    from .slicerparts.modules import ScriptedModule

    slicer.qSlicerScriptedLoadableModule = ScriptedModule
    slicer.dicomDatabase = DicomDatabase()
    slicer.app = Application(scene, application_logic, slicer.dicomDatabase)


def _install_python_parts(slicer: types.ModuleType) -> None:
    """Add the pure Python modules that the wheel lacks."""
    from .slicerparts.packages import make_packaging
    from .slicerparts.parameternode import make_parameter_node_wrapper
    from .slicerparts.scripted import make_scripted
    from .slicerparts.translation import make_i18n

    qt, ctk = sys.modules["qt"], sys.modules["ctk"]
    parts = {
        "i18n": make_i18n(),
        "packaging": make_packaging(slicer),
        "ScriptedLoadableModule": make_scripted(slicer, qt),
        "parameterNodeWrapper": make_parameter_node_wrapper(slicer, qt, ctk),
    }
    for name, part in parts.items():
        sys.modules[f"slicer.{name}"] = part
        setattr(slicer, name, part)
    # Slicer has these at the top level, the wheel inside its package.
    for name in ("vtkITK", "vtkSegmentationCore"):
        sys.modules.setdefault(name, importlib.import_module(f"slicer_core.{name}"))
