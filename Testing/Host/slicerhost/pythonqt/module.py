"""The `qt` module: all of Qt in one flat namespace, as Slicer has it."""

import types
from collections.abc import Callable, Mapping

from PySide6 import QtCore, QtGui, QtWidgets

from .attributes import install_lookup, install_strictness
from .properties import install_properties, qt_classes
from .signals import connect, install_signals
from .statics import install_return_values
from .uiloader import make_loader

_patched = False


def patch_pyside() -> None:
    """Change the PySide6 classes, once in a process."""
    global _patched
    if _patched:
        return
    _patched = True
    classes = qt_classes()
    install_return_values()
    for cls in classes:
        install_properties(cls)
        install_strictness(cls)
    install_lookup()
    install_signals()


class QTimer(QtCore.QTimer):
    """QTimer whose `singleShot` takes a Python function, as Slicer's own replacement does."""

    @staticmethod
    def singleShot(milliseconds: float, receiver: Callable | QtCore.QObject, slot: str | None = None) -> None:
        function = getattr(receiver, slot.split("(", 1)[0]) if slot else receiver
        timer = QtCore.QTimer(QtCore.QCoreApplication.instance())
        timer.setSingleShot(True)

        def fire() -> None:
            timer.deleteLater()
            function()

        connect(timer, "timeout()", fire)
        timer.start(int(milliseconds))


def make_qt(widget_classes: Mapping[str, type]) -> types.ModuleType:
    """Return the `qt` module; `widget_classes` are those that a .ui may name besides Qt's own."""
    patch_pyside()
    qt = types.ModuleType("qt")
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            if name.startswith("Q"):
                setattr(qt, name, getattr(module, name))
    qt.Signal, qt.Slot, qt.Property = QtCore.Signal, QtCore.Slot, QtCore.Property
    qt.QTimer = QTimer
    qt.QUiLoader = make_loader(widget_classes)
    return qt
