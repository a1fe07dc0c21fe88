"""Return values that differ: dialogs give one string, lists of strings are tuples."""

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtWidgets

# (class, method): PySide6 returns (value, filter or ok), PythonQt only the value
FIRST_OF_TUPLE = [
    (QtWidgets.QFileDialog, "getOpenFileName"),
    (QtWidgets.QFileDialog, "getSaveFileName"),
    (QtWidgets.QInputDialog, "getText"),
    (QtWidgets.QInputDialog, "getItem"),
    (QtWidgets.QInputDialog, "getInt"),
    (QtWidgets.QInputDialog, "getDouble"),
]
FIRST_OF_TUPLE_AS_TUPLE = [(QtWidgets.QFileDialog, "getOpenFileNames")]

# methods that return a QStringList
STRING_LISTS = [
    (QtWidgets.QFileDialog, "selectedFiles"),
    (QtWidgets.QFileDialog, "nameFilters"),
    (QtCore.QSettings, "allKeys"),
    (QtCore.QSettings, "childKeys"),
    (QtCore.QSettings, "childGroups"),
    (QtCore.QMimeData, "formats"),
]


def _static(cls: type, name: str, convert: Callable[[Any], Any]) -> None:
    original = getattr(cls, name)
    setattr(cls, name, staticmethod(lambda *arguments: convert(original(*arguments))))


def _method(cls: type, name: str, convert: Callable[[Any], Any]) -> None:
    original = getattr(cls, name)
    setattr(cls, name, lambda self, *arguments: convert(original(self, *arguments)))


def install_return_values() -> None:
    """Convert the return values named above."""
    for cls, name in FIRST_OF_TUPLE:
        _static(cls, name, lambda result: result[0])
    for cls, name in FIRST_OF_TUPLE_AS_TUPLE:
        _static(cls, name, lambda result: tuple(result[0]))
    for cls, name in STRING_LISTS:
        _method(cls, name, tuple)
