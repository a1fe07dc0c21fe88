"""Load a scripted module, open its panel, wait, and take its picture."""

import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def load_module(path: str | Path) -> Any:
    """Import a module file as Slicer's module factory does and return its `slicer.modules` entry."""
    import slicer

    path = Path(path).resolve()
    name = path.stem
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    entry = slicer.qSlicerScriptedLoadableModule(name, str(path))
    setattr(slicer.modules, name.lower(), entry)
    setattr(slicer.moduleNames, name, name)
    setattr(slicer.modules, f"{name}Instance", getattr(module, name)(entry))
    slicer.app.moduleManager().register(entry)
    return entry


def open_widget(entry: Any, width: int = 500, height: int = 900) -> Any:
    """Open the panel of a loaded module and enter it; return the module's widget object."""
    import qt
    import slicer

    parent = slicer.qMRMLWidget()
    qt.QVBoxLayout(parent)
    parent.setMRMLScene(slicer.mrmlScene)
    parent.setProperty("isEntered", False)
    entry.set_representation(parent)

    def build() -> Any:
        widget = getattr(sys.modules[entry.name], f"{entry.name}Widget")(parent)
        setattr(slicer.modules, f"{entry.name}Widget", widget)
        widget.setup()
        return widget

    parent.reload = build
    widget = build()
    parent.resize(width, height)
    parent.show()
    enter(widget)
    process_events()
    return widget


def enter(widget: Any) -> None:
    """Do what Slicer does when the user switches to the module."""
    widget.parent.setProperty("isEntered", True)
    widget.enter()


def leave(widget: Any) -> None:
    """Do what Slicer does when the user switches to another module."""
    widget.parent.setProperty("isEntered", False)
    widget.exit()


def close_widget(widget: Any) -> None:
    """Do what Slicer does when it exits: announce the unloading, then delete the panel."""
    import slicer

    slicer.app.moduleManager().moduleAboutToBeUnloaded.emit(widget.moduleName)
    widget.parent.hide()
    widget.parent.deleteLater()
    process_events()


def process_events() -> None:
    """Let Qt do what is waiting, deletions included."""
    import qt

    qt.QCoreApplication.processEvents()
    qt.QCoreApplication.sendPostedEvents(None, qt.QEvent.DeferredDelete)
    qt.QCoreApplication.processEvents()


def wait_until(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    """Process events until the condition holds; fail after that many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"the condition did not come true within {seconds:g} s")
        process_events()
        time.sleep(0.005)


def screenshot(widget: Any, path: str | Path) -> None:
    """Save a picture of a panel, or of any Qt widget, as it looks now."""
    import qt

    target = widget if isinstance(widget, qt.QWidget) else widget.parent
    process_events()
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if not target.grab().save(str(path)):
        raise OSError(f"the screenshot could not be saved as {path}")
