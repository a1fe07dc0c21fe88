"""A stand-in for the Slicer application, for tests of scripted modules without Slicer.

MRML is real (the slicer-core wheel); `qt` is PySide6 made to behave as PythonQt; `ctk`, the qMRML
widgets and the parts of the `slicer` package that need the application are stand-ins that offer
only members which the real headers have. Where the host and Slicer disagree, Slicer is right.

    import slicerhost
    slicerhost.install()            # once a process; then `import slicer, qt, ctk` works
    panel = slicerhost.open_widget(slicerhost.load_module("DicomSegIO/DicomSegIO.py"))

The PySide6 classes are changed for the whole process and the change leans on how Shiboken works
inside, so that PySide6 is pinned to one minor version.
"""

from . import environment  # before anything imports PySide6
from .faults import FAULTS
from .host import install, reset
from .immortals import keep
from .modulepanel import (
    close_widget,
    enter,
    leave,
    load_module,
    open_widget,
    process_events,
    screenshot,
    wait_until,
)

keep()

__all__ = [
    "FAULTS",
    "close_widget",
    "enter",
    "environment",
    "install",
    "leave",
    "load_module",
    "open_widget",
    "process_events",
    "reset",
    "screenshot",
    "wait_until",
]
