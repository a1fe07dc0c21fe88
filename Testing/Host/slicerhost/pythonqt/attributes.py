"""What PythonQt does when an attribute is set or looked up on a Qt object.

A typing error in a name is an AttributeError, not a new attribute; named children and dynamic
properties are attributes; a trailing underscore (`exec_`) is ignored.
"""

import ctypes
from typing import Any

import shiboken6
from PySide6 import QtCore

from .properties import QtProperty

# The slot that Shiboken installed refuses to be called from a Python __setattr__
# ("can't apply this __setattr__"), the generic one does what is wanted.
_set_attribute = ctypes.pythonapi.PyObject_GenericSetAttr
_set_attribute.argtypes = [ctypes.py_object] * 3
_set_attribute.restype = ctypes.c_int

object_name = QtCore.QObject.objectName  # before the descriptor takes the name


def _setattr(self: QtCore.QObject, name: str, value: Any) -> None:
    if isinstance(value, QtCore.SignalInstance):  # PySide6 itself keeps a signal there once it was asked for
        _set_attribute(self, name, value)
        return
    cls = type(self)
    is_cpp_class = cls.__module__.startswith("PySide6")
    if is_cpp_class and not hasattr(cls, name):
        if name.encode() in [bytes(known) for known in self.dynamicPropertyNames()]:
            self.setProperty(name, value)
            return
        reason = "creating new attributes on C++ objects is not allowed"
        raise AttributeError(f"'{name}' does not exist on {cls.__name__} and {reason}")
    if is_cpp_class and callable(getattr(cls, name)) and not isinstance(getattr(cls, name), QtProperty):
        raise AttributeError(f"Slot '{name}' can not be overwritten on {cls.__name__} object")
    _set_attribute(self, name, value)


def _getattr(self: QtCore.QObject, name: str) -> Any:
    """Look further than the class: called only when the ordinary look-up found nothing."""
    if name.endswith("_") and not name.startswith("_"):
        return object.__getattribute__(self, name[:-1])
    value = QtCore.QObject.property(self, name)
    if value is not None:
        return value
    for child in QtCore.QObject.children(self):
        if object_name(child) == name:
            return child
    raise AttributeError(f"{self.metaObject().className()} has no attribute named '{name}'")


def _inherits(self: QtCore.QObject, class_name: str) -> bool:
    return any(cls.__name__ == class_name for cls in type(self).__mro__)


def install_strictness(cls: type) -> None:
    """Refuse unknown attributes; every Shiboken type has a slot of its own, so for each class."""
    cls.__setattr__ = _setattr


def install_lookup() -> None:
    """Give all Qt objects PythonQt's additional attributes."""
    QtCore.QObject.name = QtProperty("objectName", "QString", True, object_name)
    QtCore.QObject.className = lambda self: self.metaObject().className()
    QtCore.QObject.inherits = _inherits
    QtCore.QObject.delete = QtCore.QObject.deleteLater
    QtCore.QObject.__bool__ = lambda self: shiboken6.isValid(self)  # False once the C++ object is gone
    QtCore.QObject.__getattr__ = _getattr
