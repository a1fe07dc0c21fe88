"""Properties of stand-in widgets, declared in one line each."""

from collections.abc import Callable
from typing import Any

from ..pythonqt.properties import DeclaredProperty

_QT_NAMES = {str: "QString", list: "QStringList"}
_ACCEPTED = {int: int, float: (int, float), bool: (bool, int), str: str, list: (list, tuple)}


def properties(**declared: tuple[type, Any]) -> Callable[[type], type]:
    """Give a widget class the properties `name=(type, default)` with a `setName` method for each.

    A changed value is announced to the widget's `_changed(name)`, if it has one.
    """

    def decorate(cls: type) -> type:
        for name, (kind, default) in declared.items():
            _declare(cls, name, kind, default)
        return cls

    return decorate


def _declare(cls: type, name: str, kind: type, default: Any) -> None:
    key = f"_{name}_value"

    def get(self) -> Any:
        value = self.__dict__.get(key, default)
        return tuple(value) if kind is list else value

    def put(self, value: Any) -> None:
        if not isinstance(value, _ACCEPTED[kind]):
            found = type(value).__name__
            raise AttributeError(f"Property '{name}' does not accept an object of type {found} ({value!r})")
        value = kind(value)
        if value != self.__dict__.get(key, default):
            self.__dict__[key] = value
            if hasattr(self, "_changed"):
                self._changed(name)

    setattr(cls, name, DeclaredProperty(_QT_NAMES.get(kind, kind), get, put))
    setattr(cls, f"set{name[0].upper()}{name[1:]}", put)
