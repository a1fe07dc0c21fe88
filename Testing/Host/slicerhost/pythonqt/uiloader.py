"""QUiLoader that knows the stand-in widgets.

PySide6's loader cannot connect signals with VTK types and cannot set flags of widgets declared in
Python, so both are taken out of the XML and done afterwards.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from typing import NamedTuple

from PySide6 import QtCore, QtUiTools

from .attributes import object_name
from .signals import connect


class _FlagValue(NamedTuple):
    widget: str
    property: str
    value: int


def _take_connections(root: ElementTree.Element) -> list[tuple[str, ...]]:
    fields = ("sender", "signal", "receiver", "slot")
    found = [tuple(element.find(field).text for field in fields) for element in root.iter("connection")]
    for element in root.findall("connections"):
        root.remove(element)
    return found


def _take_flags(root: ElementTree.Element, widget_classes: Mapping[str, type]) -> list[_FlagValue]:
    found = []
    for widget in root.iter("widget"):
        cls = widget_classes.get(widget.get("class"))
        if cls is None:
            continue
        for element in widget.findall("property"):
            flags = element.find("set")
            if flags is None:
                flags = element.find("enum")
            if flags is not None and element.get("name") in vars(cls):
                value = 0
                for flag in flags.text.split("|"):
                    value |= int(getattr(cls, flag.split("::")[-1]))
                found.append(_FlagValue(widget.get("name"), element.get("name"), value))
                widget.remove(element)
    return found


def make_loader(widget_classes: Mapping[str, type]) -> type:
    """Return a QUiLoader class that creates these classes where a .ui names them."""

    class QUiLoader(QtUiTools.QUiLoader):
        def createWidget(self, class_name, parent=None, name=""):
            cls = widget_classes.get(class_name)
            if cls is not None:
                widget = cls(parent)
                widget.setObjectName(name)
                return widget
            if class_name not in self.availableWidgets() and class_name != "Line":
                raise RuntimeError(f"the .ui file uses '{class_name}', which the test host does not have")
            return super().createWidget(class_name, parent, name)

        def load(self, device, parent=None):
            root = ElementTree.fromstring(bytes(device.readAll().data()))
            connections = _take_connections(root)
            flags = _take_flags(root, widget_classes)
            buffer = QtCore.QBuffer()
            buffer.setData(ElementTree.tostring(root))
            buffer.open(QtCore.QIODevice.ReadOnly)
            widget = super().load(buffer, parent)
            if widget is None:
                raise RuntimeError(self.errorString())
            objects = {object_name(child): child for child in widget.findChildren(QtCore.QObject)}
            objects[object_name(widget)] = widget
            for flag in flags:
                setattr(objects[flag.widget], flag.property, flag.value)
            for sender, signal, receiver, slot in connections:
                connect(objects[sender], signal, objects[receiver], slot)
            return widget

    return QUiLoader
