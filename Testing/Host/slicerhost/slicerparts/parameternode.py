"""slicer.parameterNodeWrapper for bool, int, float, str, Enum, Path and nodes."""

import enum
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import vtk

from .guiconnectors import Connector, make_connector


@dataclass
class Default:
    """The value a parameter has at first."""

    value: Any


@dataclass
class WithinRange:
    """Accept numbers from minimum to maximum."""

    minimum: float
    maximum: float

    def validate(self, value: float) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"Value must be within {self.minimum} and {self.maximum}, got {value}")


@dataclass
class Choice:
    """Accept these values."""

    choices: list

    def validate(self, value: Any) -> None:
        if value not in self.choices:
            raise ValueError(f"Value must be one of {self.choices}, got {value!r}")


class Parameter:
    """One annotated member of the class: its type, its default, how it is written into the node."""

    def __init__(self, name: str, annotation: Any, owner: type, node_class: type):
        self.name = name
        is_annotated = hasattr(annotation, "__metadata__")
        self.kind, *notes = typing.get_args(annotation) if is_annotated else (annotation,)
        self.is_node = issubclass(self.kind, node_class)
        self.validators = [note for note in notes if hasattr(note, "validate")]
        defaults = [note.value for note in notes if isinstance(note, Default)]
        if name in vars(owner):
            self.default = vars(owner)[name]
        elif defaults:
            self.default = defaults[0]
        elif self.is_node:
            self.default = None
        else:
            self.default = next(iter(self.kind)) if issubclass(self.kind, enum.Enum) else self.kind()

    def write(self, node, value: Any) -> None:
        if self.is_node:
            if value is not None and not isinstance(value, self.kind):
                raise TypeError(f"{self.name} is a {self.kind.__name__}, not a {type(value).__name__}")
            node.SetParameter(self.name, "")
            node.SetNodeReferenceID(self.name, value.GetID() if value is not None else None)
            return
        accepted = (int, float) if self.kind is float else self.kind
        if not isinstance(value, accepted):
            raise ValueError(f"{self.name} is a {self.kind.__name__}, not a {type(value).__name__}")
        for validator in self.validators:
            validator.validate(value)
        node.SetParameter(self.name, value.name if isinstance(value, enum.Enum) else str(value))

    def read(self, node) -> Any:
        if self.is_node:
            return node.GetNodeReference(self.name)
        text = node.GetParameter(self.name)
        if self.kind is bool:
            return text == "True"
        return self.kind[text] if issubclass(self.kind, enum.Enum) else self.kind(text)


class Wrapper:
    """What the decorator adds to a class: access to the parameters, and the binding of widgets."""

    allParameters: typing.ClassVar[dict[str, Parameter]]
    _make_connector: typing.ClassVar[Callable[[Any, type], Connector]]

    def __init__(self, parameterNode, prefix=None):
        self.parameterNode = parameterNode
        self._bindings: dict[int, tuple[int, list[tuple[Parameter, Connector, Callable]]]] = {}
        self._next_tag = 0
        self._updating = False
        for parameter in self.allParameters.values():
            if not parameterNode.HasParameter(parameter.name):
                parameter.write(parameterNode, parameter.default)

    def getValue(self, name: str) -> Any:
        return self.allParameters[name].read(self.parameterNode)

    def setValue(self, name: str, value: Any) -> None:
        self.allParameters[name].write(self.parameterNode, value)

    def default(self, name: str) -> Default:
        return Default(self.allParameters[name].default)

    def connectGui(self, gui: Any) -> int:
        """Bind every widget with the property SlicerParameterName; return a tag for `disconnectGui`."""
        widgets = [widget for widget in vars(gui).values() if widget.property("SlicerParameterName")]
        bindings = []
        for widget in widgets:
            parameter = self._parameter(widget.property("SlicerParameterName"))
            connector = type(self)._make_connector(widget, parameter.kind)
            connector.write(parameter.read(self.parameterNode))
            bindings.append((parameter, connector, self._bind(parameter, connector)))
        observer = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda caller, event: self._show(bindings))
        self._next_tag += 1
        self._bindings[self._next_tag] = (observer, bindings)
        return self._next_tag

    def disconnectGui(self, tag: int) -> None:
        if tag not in self._bindings:
            return
        observer, bindings = self._bindings.pop(tag)
        self.RemoveObserver(observer)
        for _, connector, changed in bindings:
            if connector.signal:
                connector.widget.disconnect(connector.signal, changed)

    def _parameter(self, name: str) -> Parameter:
        if name not in self.allParameters:
            raise ValueError(f"no parameter is called {name}; there are {', '.join(self.allParameters)}")
        return self.allParameters[name]

    def _bind(self, parameter: Parameter, connector: Connector) -> Callable:
        def changed() -> None:
            if not self._updating:
                parameter.write(self.parameterNode, connector.read())

        if connector.signal:
            connector.widget.connect(connector.signal, changed)
        return changed

    def _show(self, bindings: list[tuple[Parameter, Connector, Callable]]) -> None:
        if self._updating:
            return
        self._updating = True
        try:
            for parameter, connector, _ in bindings:
                connector.write(parameter.read(self.parameterNode))
        finally:
            self._updating = False

    def AddObserver(self, event, callback, priority=0.0) -> int:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def StartModify(self) -> int:
        return self.parameterNode.StartModify()

    def EndModify(self, was_modified: int) -> None:
        self.parameterNode.EndModify(was_modified)

    def Modified(self) -> None:
        self.parameterNode.Modified()


def _property(parameter: Parameter) -> property:
    return property(
        lambda self: parameter.read(self.parameterNode),
        lambda self, value: parameter.write(self.parameterNode, value),
    )


def make_parameter_node_wrapper(slicer, qt, ctk) -> types.ModuleType:
    """Return the module with the decorator and the annotations."""

    def connector(widget, kind):
        return make_connector(widget, kind, slicer, qt, ctk)

    def parameterNodeWrapper(cls):
        hints = typing.get_type_hints(cls, include_extras=True)
        parameters = {name: Parameter(name, hint, cls, slicer.vtkMRMLNode) for name, hint in hints.items()}
        members = {name: _property(parameter) for name, parameter in parameters.items()}
        members |= {"__doc__": cls.__doc__, "__module__": cls.__module__, "__qualname__": cls.__qualname__}
        members |= {"allParameters": parameters, "_make_connector": staticmethod(connector)}
        return type(cls.__name__, (Wrapper,), members)

    module = types.ModuleType("slicer.parameterNodeWrapper")
    module.parameterNodeWrapper = parameterNodeWrapper
    module.Default = Default
    module.WithinRange = WithinRange
    module.Choice = Choice
    module.__all__ = ["Choice", "Default", "WithinRange", "parameterNodeWrapper"]
    return module
