"""How one widget shows one parameter: the pairs of widget and type that Slicer's wrapper accepts.

As in Slicer the exact widget class decides, not a base class, and a pair that is missing there
(ctkPathLineEdit and str, for example) is an error here too.
"""

import enum
import pathlib
import types
from collections.abc import Callable
from typing import Any, NamedTuple


class Connector(NamedTuple):
    """A widget's change signal with functions that read and write the value it shows."""

    widget: Any
    signal: str | None  # None: the widget never changes the value
    read: Callable[[], Any]
    write: Callable[[Any], None]


def _attribute(widget: Any, name: str, signal: str | None, kind: type | None = None) -> Connector:
    def read() -> Any:
        value = getattr(widget, name)
        return kind(value) if kind else value

    def write(value: Any) -> None:
        setattr(widget, name, value)

    return Connector(widget, signal, read, write)


def _enumeration(widget: Any, kind: type[enum.Enum]) -> Connector:
    members = list(kind)
    label = getattr(kind, "label", lambda member: member.name)
    widget.clear()
    for member in members:
        widget.addItem(label(member))

    def write(value: enum.Enum) -> None:
        widget.currentIndex = members.index(value)

    return Connector(widget, "currentIndexChanged(int)", lambda: members[widget.currentIndex], write)


def _text(widget: Any) -> Connector:
    def write(value: str) -> None:
        if value != widget.text:  # else the cursor would jump to the end while the user types
            widget.text = value

    return Connector(widget, "textChanged(QString)", lambda: widget.text, write)


def make_connector(
    widget: Any, kind: type, slicer: types.ModuleType, qt: types.ModuleType, ctk: types.ModuleType
) -> Connector:
    """Return the connector for a widget and the type of a parameter."""
    cls = type(widget)
    if kind is bool and cls in (qt.QCheckBox, ctk.ctkCheckBox):
        return _attribute(widget, "checked", "stateChanged(int)")
    if kind is bool and cls is qt.QPushButton:
        return _attribute(widget, "checked", "toggled(bool)")
    if kind is int and cls in (qt.QSpinBox, qt.QSlider):
        return _attribute(widget, "value", "valueChanged(int)")
    if kind in (int, float) and cls in (qt.QDoubleSpinBox, ctk.ctkSliderWidget):
        return _attribute(widget, "value", "valueChanged(double)", kind)
    if issubclass(kind, enum.Enum) and cls in (qt.QComboBox, ctk.ctkComboBox):
        return _enumeration(widget, kind)
    if kind is str and cls is qt.QLineEdit:
        return _text(widget)
    if kind is str and cls is qt.QLabel:
        return _attribute(widget, "text", None)
    if issubclass(kind, pathlib.PurePath) and cls is ctk.ctkPathLineEdit:
        path = _attribute(widget, "currentPath", "currentPathChanged(QString)", kind)
        return path._replace(write=lambda value: widget.setCurrentPath(str(value)))  # an empty Path shows "."
    if issubclass(kind, slicer.vtkMRMLNode) and cls is slicer.qMRMLNodeComboBox:
        return Connector(
            widget, "currentNodeChanged(vtkMRMLNode*)", widget.currentNode, widget.setCurrentNode
        )
    raise RuntimeError(f"no GUI connector from {kind.__name__} to {cls.__name__}")
