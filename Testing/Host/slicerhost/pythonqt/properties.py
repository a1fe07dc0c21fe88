"""A Qt property is an attribute: `button.text`, not `button.text()`.

Every property that a class's meta-object names becomes a data descriptor on that class. `isX()` and
`setX()` stay methods, as in PythonQt.
"""

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

# A virtual getter must stay a method: Shiboken would take the descriptor for a Python override.
VIRTUAL_GETTERS = {("QWidget", "sizeHint"), ("QWidget", "minimumSizeHint")}
# A static method of the same name as the property; PythonQt leaves the property out as well.
HIDDEN = {("QTimer", "singleShot")}


class QtProperty:
    """A property of a Qt class, read and written through the meta-object.

    Assignment is stricter than PythonQt's: a QString property takes only `str`. PythonQt would store
    "None" for None, which is never what the author meant.
    """

    def __init__(self, name: str, type_name: str, writable: bool, getter: Callable | None):
        self.name = name
        self.type_name = type_name
        self.writable = writable
        self.getter = getter

    def __get__(self, instance: QtCore.QObject | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        value = self.getter(instance) if self.getter else QtCore.QObject.property(instance, self.name)
        if self.type_name == "QStringList":
            return tuple(value or ())
        return value

    def __set__(self, instance: QtCore.QObject, value: Any) -> None:
        if not self.writable:
            kind = type(instance).__name__
            raise AttributeError(f"Property '{self.name}' of {kind} object is not writable")
        if self.type_name == "QString" and not isinstance(value, str):
            raise AttributeError(self._refusal(value))
        if isinstance(value, tuple):
            value = list(value)
        meta = instance.metaObject()
        if not meta.property(meta.indexOfProperty(self.name)).write(instance, value):
            raise AttributeError(self._refusal(value))

    def _refusal(self, value: Any) -> str:
        kind = type(value).__name__
        refused = f"does not accept an object of type {kind} ({value!r})"
        return f"Property '{self.name}' of type '{self.type_name}' {refused}"


class DeclaredProperty(QtCore.Property):
    """A property of a stand-in widget: known to the meta-object, and to Python as an attribute."""

    def __init__(self, type_name: Any, getter: Callable, setter: Callable | None = None):
        super().__init__(type_name, getter, setter)
        self.python_getter = getter
        self.python_setter = setter

    def __get__(self, instance: QtCore.QObject | None, owner: type | None = None) -> Any:
        return self if instance is None else self.python_getter(instance)

    def __set__(self, instance: QtCore.QObject, value: Any) -> None:
        if self.python_setter is None:
            raise AttributeError(f"property of {type(instance).__name__} object is not writable")
        self.python_setter(instance, value)


def qt_classes() -> list[type]:
    """Return all QObject classes of QtCore, QtGui and QtWidgets.

    `dir` and not `vars`: PySide6 loads its classes when they are first asked for.
    """
    found = []
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            value = getattr(module, name)
            if isinstance(value, type) and issubclass(value, QtCore.QObject):
                found.append(value)
    return found


def install_properties(cls: type) -> None:
    """Replace the getters of the properties that `cls` itself declares by attributes."""
    meta = cls.staticMetaObject
    for index in range(meta.propertyOffset(), meta.propertyCount()):
        qt_property = meta.property(index)
        name = qt_property.name()
        if (cls.__name__, name) in VIRTUAL_GETTERS | HIDDEN:
            continue
        method = cls.__dict__.get(name)
        if isinstance(method, QtProperty):
            continue
        getter = method if callable(method) else None  # None: the getter is called isX, or is inherited
        setattr(cls, name, QtProperty(name, qt_property.typeName(), qt_property.isWritable(), getter))
